/** A real server, as a child of the test, that can be frozen. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The user "nobody" of Debian: PostgreSQL refuses to run as root. */
const NOBODY = 65534;
/** Who servers run as when the tests run as root. */
export const unprivileged: { uid?: number; gid?: number } =
  process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
/** Waiting for a server to answer, ms. */
const PATIENCE_MS = 60_000;

/** A folder of its own that servers may write to. */
export function makeFolder(name: string): { path: string; [Symbol.dispose](): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `mainstay-${name}-`)));
  if (unprivileged.uid !== undefined) chownSync(path, NOBODY, NOBODY);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #log = '';

  constructor(program: string, args: readonly string[], options: SpawnOptions) {
    this.#child = spawn(program, args, { ...options, ...unprivileged, stdio: ['ignore', 'pipe', 'pipe'] });
    const take = (text: string): void => void (this.#log += text);
    this.#child.stdout?.setEncoding('utf8').on('data', take);
    this.#child.stderr?.setEncoding('utf8').on('data', take);
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        take(error.message);
        resolve();
      });
      this.#child.on('exit', () => resolve());
    });
  }

  /** Repeats until it no longer throws. */
  async until(attempt: () => Promise<unknown>): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        await attempt();
        return;
      } catch (error) {
        const over = this.#child.exitCode !== null || performance.now() > deadline;
        if (over) throw new Error(`the server does not answer\n${this.#log}`, { cause: error });
        await delay(50);
      }
    }
  }

  /** Accepts (the kernel does), and never answers. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.thaw();
    this.#child.kill(signal);
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
