import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { InstanceStatus, StatusReport } from '@mainstay/protocol';

const root = join(import.meta.dirname, '../..');
const cli = join(root, 'packages/mainstay/src/entry/cli.ts');

export interface Ran {
  code: number;
  output: string;
}

/** A copy of an example in a folder of its own, driven with the real command line. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'mainstay-example-'));

  constructor(example: string, env: Record<string, string>) {
    const skipped = new Set(['.env', '.mainstay', 'data']);
    const from = join(root, 'examples', example);
    for (const name of readdirSync(from)) {
      if (!skipped.has(name)) cpSync(join(from, name), join(this.folder, name), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'));
    writeFileSync(
      join(this.folder, '.env'),
      `${Object.entries(env)
        .map(([name, value]) => `${name}=${value}`)
        .join('\n')}\n`,
    );
  }

  mainstay(...args: string[]): Promise<Ran> {
    return new Promise((resolve) => {
      const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, NO_COLOR: '1' };
      execFile(
        process.execPath,
        [cli, ...args],
        { cwd: this.folder, env, timeout: 240_000 },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
          resolve({ code, output: stdout + stderr });
        },
      );
    });
  }

  async succeeds(...args: string[]): Promise<string> {
    const { code, output } = await this.mainstay(...args);
    assert.equal(code, 0, `mainstay ${args.join(' ')}\n${output}\n${this.logs()}`);
    return output;
  }

  async service(name: string): Promise<InstanceStatus> {
    const { output } = await this.mainstay('status', '--json');
    return (JSON.parse(output) as StatusReport).services.find((service) => service.name === name)!;
  }

  /** Waits for a new process of a service, that is ready. */
  async replaced(name: string, old: number): Promise<InstanceStatus> {
    let now = await this.service(name);
    await this.eventually(`${name} is back`, async () => {
      now = await this.service(name);
      return now.state === 'ready' && now.pid !== old;
    });
    return now;
  }

  async eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let attempt = 0; attempt < 300; attempt += 1) {
      if (await holds()) return;
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
    }
    throw new Error(`did not happen within a minute: ${what}\n${this.logs()}`);
  }

  /** Every log, for a failure's message. */
  logs(): string {
    const folder = join(this.folder, '.mainstay/logs');
    if (!existsSync(folder)) return '(no logs)';
    const names = readdirSync(folder).filter((name) => name.endsWith('.log'));
    return names.map((name) => `== ${name}\n${readFileSync(join(folder, name), 'utf8').slice(-3000)}`).join('\n');
  }

  /** Living processes that work in this folder or were told about it. */
  processes(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .filter((pid) => {
        try {
          return `${readlinkSync(`/proc/${pid}/cwd`)} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}`.includes(
            this.folder,
          );
        } catch {
          return false;
        }
      });
  }

  async end(): Promise<void> {
    await this.mainstay('down', '--now');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The body of a page; empty when nobody answers. */
export async function read(url: string, init: RequestInit = {}): Promise<string> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(10_000), ...init });
    return await response.text();
  } catch {
    return '';
  }
}

/** Submits a form. */
export function post(url: string, fields: Record<string, string>): Promise<string> {
  return read(url, { method: 'POST', body: new URLSearchParams(fields) });
}
