import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** A holder ends by itself after this long, so that none is left behind for ever; a living daemon replaces it earlier. */
const LIFE_SECONDS = 3600;
const REPLACE_MS = (LIFE_SECONDS / 2) * 1000;
const PREFIX = 'holder.';
/** One that could not stay is tried again after this long. */
const RETRY_MS = 10_000;
/** Writes its own identity down and ends if it cannot: nothing leaves a holder behind that nobody knows. */
const SCRIPT = 'read -r stat </proc/$$/stat && echo "$stat" >"$0" && exec sleep "$1"';

/**
 * A process that does nothing but have the FIFOs open. A pipe loses what is in it when nobody has it open any more:
 * a program that ends while no daemon is there would take its last lines with it.
 */
export class Holder {
  readonly #directory: string;
  readonly #paths = new Set<string>();
  #current: { record: string; child: ChildProcess } | null = null;
  #started = 0;
  #due: NodeJS.Immediate | null = null;
  #timer: NodeJS.Timeout | null = null;
  problem: string | null = null;

  /** @param directory where the identities of holders are kept for the next daemon */
  constructor(directory: string) {
    this.#directory = directory;
  }

  hold(paths: readonly string[]): void {
    for (const fifo of paths) this.#paths.add(fifo);
    this.#replaceSoon();
  }

  release(paths: readonly string[]): void {
    for (const fifo of paths) this.#paths.delete(fifo);
    this.#replaceSoon();
  }

  /** Whatever is to be held is held when this returns: for before a program starts that may end at once. */
  now(): void {
    if (this.#due === null) return;
    clearImmediate(this.#due);
    this.#due = null;
    this.#replace();
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
    const before = this.#current;
    this.#current = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#paths.size > 0) {
      this.#start();
      this.#timer = setTimeout(() => this.#replace(), REPLACE_MS).unref();
    }
    before?.child.kill('SIGKILL');
    if (before !== null) fs.rmSync(before.record, { force: true });
    this.#endOthers();
  }

  #start(): void {
    const record = path.join(this.#directory, `${PREFIX}${process.pid}.${this.#started++}`);
    const fds: number[] = [];
    try {
      for (const fifo of this.#paths) fds.push(fs.openSync(fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK));
      const child = spawn('/bin/sh', ['-c', SCRIPT, record, String(LIFE_SECONDS)], {
        detached: true,
        cwd: '/',
        env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
        // Not as its first three: what the shell says must not get into a program's pipe.
        stdio: ['ignore', 'ignore', 'ignore', ...fds],
      });
      child.unref();
      child.on('error', (error) => this.#failed(error));
      child.on('exit', () => this.#ended(record));
      this.#current = { record, child };
      this.problem = null;
    } catch (error) {
      this.#failed(error as Error);
    } finally {
      for (const fd of fds) fs.closeSync(fd);
    }
  }

  /** It was not replaced, so it could not stay. */
  #ended(record: string): void {
    if (this.#current?.record !== record) return;
    this.#failed(new Error('the process that does so ended'));
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#replace(), RETRY_MS).unref();
  }

  /** Ends the holders of earlier daemons. */
  #endOthers(): void {
    if (!fs.existsSync(this.#directory)) return;
    for (const name of fs.readdirSync(this.#directory)) {
      const record = path.join(this.#directory, name);
      if (!name.startsWith(PREFIX) || record === this.#current?.record) continue;
      const recorded = fs.readFileSync(record, 'utf8');
      // Half written: its holder is only just starting, and the next look ends it.
      if (!recorded.endsWith('\n')) continue;
      const pid = Number.parseInt(recorded, 10);
      if (startTime(recorded) === startTime(statOf(pid))) process.kill(pid, 'SIGKILL');
      fs.rmSync(record, { force: true });
    }
  }

  #failed(error: Error): void {
    this.problem = `cannot keep pipes open while the daemon is away: ${error.message}`;
  }
}

/** Empty when there is no such process. */
function statOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

/** Field 22 of `/proc/PID/stat`, counted behind the command's closing parenthesis. */
function startTime(stat: string): string | undefined {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
