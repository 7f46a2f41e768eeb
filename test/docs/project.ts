import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './markdown.ts';

/** The port that pages mention; in a test it is one that nobody holds. */
const SHOWN_PORT = '8080';

export interface Ran {
  code: number;
  output: string;
}

/** A project in a folder of its own, in which the commands of a page run as they would at a reader's. */
export class Project {
  readonly #base = mkdtempSync(join(tmpdir(), 'ms-docs-'));
  readonly folder = join(this.#base, 'shop');
  readonly #port: string;

  private constructor(port: string) {
    this.#port = port;
    mkdirSync(this.folder);
    mkdirSync(join(this.#base, 'bin'));
    const cli = join(root, 'packages/mainstay/src/entry/cli.ts');
    const launcher = `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`;
    writeFileSync(join(this.#base, 'bin/mainstay'), launcher, { mode: 0o755 });
  }

  static async create(): Promise<Project> {
    return new Project(String(await freePort()));
  }

  #own(text: string): string {
    return text.replaceAll(SHOWN_PORT, this.#port);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), this.#own(text));
  }

  /** Runs lines of shell; like a reader's terminal they stop at the first that fails. */
  run(text: string): Promise<Ran> {
    const path = `${this.#base}/bin:${dirname(process.execPath)}:${process.env['PATH']}`;
    const env = { ...process.env, PATH: path, NO_COLOR: '1', USER: 'kim' };
    return new Promise((resolve) => {
      execFile(
        'sh',
        ['-euc', this.#own(text)],
        { cwd: existsSync(this.folder) ? this.folder : this.#base, env, timeout: 120_000 },
        (error, out, err) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
          resolve({ code, output: (out + err).replaceAll(this.#port, SHOWN_PORT) });
        },
      );
    });
  }

  /** Ends everything of the project, also what no daemon knows any more, and removes it. */
  async end(): Promise<void> {
    // A page may have moved it.
    const folders = readdirSync(this.#base)
      .map((name) => join(this.#base, name))
      .filter((folder) => existsSync(join(folder, 'mainstay.yaml')));
    for (const folder of folders) await this.run(`mainstay down --now -f '${folder}'`);
    for (let attempt = 0; attempt < 100 && this.#processes().length > 0; attempt += 1) {
      // Twice at least: a guardian could have started a daemon in between.
      for (const pid of this.#processes()) end(pid);
      await sleep(100);
    }
    for (const folder of folders) rmSync(readlinkOr(join(folder, '.mainstay/run')), { recursive: true, force: true });
    rmSync(this.#base, { recursive: true, force: true });
  }

  #processes(): number[] {
    const told = (pid: string): string => {
      try {
        return `${readlinkSync(`/proc/${pid}/cwd`)}\0${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}`;
      } catch {
        return '';
      }
    };
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
    return pids.filter((pid) => told(pid).includes(this.#base)).map(Number);
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

function readlinkOr(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return path;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
