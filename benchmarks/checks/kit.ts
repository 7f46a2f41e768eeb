/** A target, and the daemon as it is shipped with checks of it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launcher, run } from '../supervisor/adapter.mjs';
import { read } from '../supervisor/kit.ts';
import type { Failure } from './target.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const TICKS_PER_SECOND = 100;

/** A program that answers each line with one. */
export class Conversation implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  constructor(program: string, ...args: string[]) {
    this.#child = spawn(process.execPath, [fileOf(program), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.#child.stdout!);
  }

  async heard<T>(): Promise<T> {
    const [line] = (await once(this.#lines, 'line')) as [string];
    return JSON.parse(line) as T;
  }

  async ask<T>(question: unknown): Promise<T> {
    const answer = this.heard<T>();
    this.#child.stdin!.write(`${JSON.stringify(question)}\n`);
    return await answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

export class Target extends Conversation {
  http = 0;
  tcp = 0;

  static async start(): Promise<Target> {
    const target = new Target('target.ts');
    Object.assign(target, await target.heard<{ http: number; tcp: number }>());
    return target;
  }

  arrivals(): Promise<[id: string, at: number][]> {
    return this.ask({ stamps: true });
  }

  /** @returns monotonic ms of the moment */
  async fail(failure: Failure): Promise<number> {
    return (await this.ask<{ at: number }>({ fail: failure })).at;
  }
}

/** What mainstay.yaml holds, as JSON. */
export interface Configuration {
  services: Record<string, unknown>;
  checks: Record<string, unknown>;
}

/** The shipped program in a folder of its own; nothing is left of it afterwards. */
export class Mainstay implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'checks-bench-'));

  async up(configuration: Configuration): Promise<void> {
    writeFileSync(join(this.folder, 'mainstay.yaml'), JSON.stringify({ project: 'bench', ...configuration }));
    await this.command('up', '-d');
  }

  async command(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = (await run(launcher(), this.folder, args)) as {
      code: number;
      stdout: string;
      stderr: string;
    };
    if (code !== 0) throw new Error(`mainstay ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  }

  get pid(): number {
    return (JSON.parse(readFileSync(join(this.folder, '.mainstay/daemon.json'), 'utf8')) as { pid: number }).pid;
  }

  /** Processor time of the daemon so far, ms; its memory, bytes; what it wrote to disks, bytes. */
  used(): { cpuMs: number; rss: number; written: number } {
    const { pid } = this;
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
    const rss = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    const written = /^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1];
    return {
      cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND,
      rss: Number(rss) * 1024,
      written: Number(written),
    };
  }

  /** Bytes of the store and of the log of checks. */
  kept(): number {
    const files = ['mainstay.db', 'mainstay.db-wal', 'logs/checks.log'];
    return files.reduce(
      (sum, name) => sum + (statSync(join(this.folder, '.mainstay', name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.command('down', '--now').catch((error: unknown) => console.error(String(error)));
    // However that went: a daemon of a measurement that failed would disturb the next.
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      if (read(`/proc/${pid}/cmdline`).includes(this.folder)) process.kill(Number(pid), 'SIGKILL');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
