import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** A holder ends by itself after this long, so that none is left behind for ever; a living daemon replaces it earlier. */
const LIFE_SECONDS = 3600;
const REPLACE_MS = (LIFE_SECONDS / 2) * 1000;

/**
 * A process that does nothing but have the FIFOs open. A pipe loses what is in it when nobody has it open any more:
 * a program that ends while no daemon is there would take its last lines with it.
 */
export class Holder {
  readonly #record: string;
  readonly #paths = new Set<string>();
  #current: { pid: number; startTime: string } | null = null;
  #due: NodeJS.Immediate | null = null;
  #timer: NodeJS.Timeout | null = null;
  problem: string | null = null;

  /** @param directory where the identity of the process is kept for the next daemon */
  constructor(directory: string) {
    this.#record = path.join(directory, 'holder');
  }

  hold(paths: readonly string[]): void {
    for (const fifo of paths) this.#paths.add(fifo);
    this.#replaceSoon();
  }

  release(paths: readonly string[]): void {
    for (const fifo of paths) this.#paths.delete(fifo);
    this.#replaceSoon();
  }

  /** Ends the process. */
  stop(): void {
    this.#paths.clear();
    if (this.#due !== null) clearImmediate(this.#due);
    this.#due = null;
    this.#replace();
  }

  /** Once for everything that is opened in one turn of the loop. */
  #replaceSoon(): void {
    this.#due ??= setImmediate(() => {
      this.#due = null;
      this.#replace();
    });
  }

  #replace(): void {
    const before = this.#current ?? readIdentity(this.#record);
    this.#current = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#paths.size > 0) {
      this.#start();
      this.#timer = setTimeout(() => this.#replace(), REPLACE_MS).unref();
    } else {
      fs.rmSync(this.#record, { force: true });
    }
    if (before !== null && startTime(before.pid) === before.startTime) process.kill(before.pid, 'SIGKILL');
  }

  #start(): void {
    const fds: number[] = [];
    try {
      for (const fifo of this.#paths) fds.push(fs.openSync(fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK));
      const child = spawn('sleep', [String(LIFE_SECONDS)], {
        detached: true,
        cwd: '/',
        env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
        stdio: fds,
      });
      child.unref();
      child.on('error', (error) => this.#failed(error));
      if (child.pid === undefined) return;
      this.#current = { pid: child.pid, startTime: startTime(child.pid) ?? '' };
      fs.writeFileSync(this.#record, `${child.pid} ${this.#current.startTime}\n`, { mode: 0o600 });
      this.problem = null;
    } catch (error) {
      this.#failed(error as Error);
    } finally {
      for (const fd of fds) fs.closeSync(fd);
    }
  }

  #failed(error: Error): void {
    this.problem = `cannot keep pipes open while the daemon is away: ${error.message}`;
  }
}

/** Null when there is no record, or a torn one. */
function readIdentity(file: string): { pid: number; startTime: string } | null {
  try {
    const found = /^(\d+) (\d+)\n$/.exec(fs.readFileSync(file, 'utf8'));
    return found === null ? null : { pid: Number(found[1]), startTime: found[2] ?? '' };
  } catch {
    return null;
  }
}

/** Field 22 of `/proc/PID/stat`, counted behind the command's closing parenthesis; null when there is no such process. */
function startTime(pid: number): string | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
