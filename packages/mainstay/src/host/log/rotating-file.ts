import type { Mark } from '../../core/log/index.ts';
import type { Gate } from './gate.ts';
import type { Source } from './log-file.ts';
import { LogFile } from './log-file.ts';
import type { RotationPolicy } from './rotate.ts';

/** Bytes held for a disk that does not answer; lines beyond them are dropped, counted and said. */
const MOST_WAITING = 1024 * 1024;
const LOOK_AGAIN_MS = 10;

/** One of mainstay's own logs: takes lines, writes them asynchronously, rotates. Never makes the caller wait. */
export class RotatingFile implements Source {
  readonly #file: LogFile;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #queued = false;
  batch: Buffer = Buffer.alloc(0);
  place: { inode: number; offset: number } | null = null;

  /** @param path the file; rotated ones are PATH.1, PATH.2 … */
  constructor(path: string, policy: RotationPolicy, gate: Gate) {
    this.#file = new LogFile(path, policy, gate, false);
  }

  /** Appends one line, without its newline. */
  write(line: string): void {
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#waitingBytes + bytes > MOST_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waitingBytes += bytes;
    this.#waiting.push(`${line}\n`);
    this.#next();
  }

  #next(): void {
    if (this.#queued || (this.#waiting.length === 0 && this.#dropped === 0)) return;
    if (this.#dropped > 0)
      this.#waiting.push(`[mainstay] ${this.#dropped} ${this.#dropped === 1 ? 'line' : 'lines'} dropped\n`);
    this.#queued = true;
    this.batch = Buffer.from(this.#waiting.join(''));
    this.place = null;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#dropped = 0;
    this.#file.enqueue(this);
  }

  assign(inode: number, offset: number): void {
    this.place = { inode, offset };
  }

  written(): Mark[] {
    this.#queued = false;
    this.#next();
    return [];
  }

  /** Why lines are not being written; null when they are. */
  get problem(): string | null {
    return this.#file.problem;
  }

  /** Waits until every line so far is written, at most `timeoutMs`; false when that was not enough. */
  async flush(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    while (this.#queued || !this.#file.idle) {
      if (performance.now() >= deadline) return false;
      await new Promise((resolve) => {
        setTimeout(resolve, LOOK_AGAIN_MS);
      });
    }
    return true;
  }

  /** Closes the file after `flush`. */
  async close(): Promise<void> {
    await this.#file.close();
  }
}
