// Follows a log of `programs/flood.mjs` while it is written and rotated: each line exactly once, whole, in order.
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const BYTES = 200;
const DIGITS = 12;
const ZERO = 48;
const NEWLINE = 10;
const CHUNK = 1 << 20;
const MOST_PROBLEMS = 10;

/** One life of the program. */
interface Run {
  /** The line that comes next. */
  next: Buffer;
  /** Where its number stands. */
  digits: number;
  reached: number;
  torn: boolean;
}

export class Audit {
  readonly problems: string[] = [];
  lines = 0;
  rotations = 0;
  readonly #name: string;
  readonly #path: string;
  readonly #counts: string;
  readonly #runs = new Map<string, Run>();
  #current: Run | null = null;
  #file: { fd: number; inode: number; at: number } | null = null;
  /** The beginning of a line that was read without its end. */
  #rest: Buffer = Buffer.alloc(0);

  /**
   * @param logs folder of the logs
   * @param counts folder where the program counts its lines
   */
  constructor(name: string, logs: string, counts: string) {
    this.#name = name;
    this.#path = join(logs, `${name}.log`);
    this.#counts = counts;
  }

  /** Reads on until there is nothing more for now. */
  follow(): void {
    for (;;) {
      if (this.#file === null && !this.#open(this.#oldest())) return;
      this.#read();
      if (inodeOf(this.#path) === this.#file?.inode || !this.#goOn()) return;
    }
  }

  /** Compares with what the program counted, when it has ended and everything is written. */
  finish(): void {
    this.follow();
    if (this.#file !== null) closeSync(this.#file.fd);
    this.#file = null;
    if (this.#rest.length > 0) this.#say('the last line is not whole');
    for (const file of readdirSync(this.#counts).filter((one) => one.startsWith(`${this.#name}.`))) {
      const id = file.slice(this.#name.length + 1);
      const [count, ended] = readFileSync(join(this.#counts, file), 'latin1').split(' ');
      const run = this.#runs.get(id);
      const logged = run?.reached ?? 0;
      if (ended === 'ended' && run?.torn === true) this.#say(`run ${id} has a torn line`);
      if (ended === 'ended' ? logged !== Number(count) : logged < Number(count))
        this.#say(`run ${id} wrote ${Number(count)} lines, ${logged} are in the log`);
    }
  }

  /** The file that was begun first. */
  #oldest(): string {
    let oldest = this.#path;
    for (let number = 1; existsSync(`${this.#path}.${number}`); number++) oldest = `${this.#path}.${number}`;
    return oldest;
  }

  /** False when it is not there, perhaps only for this moment. */
  #open(path: string): boolean {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return false;
    }
    this.#file = { fd, inode: fstatSync(fd).ino, at: 0 };
    return true;
  }

  #read(): void {
    const file = this.#file!;
    const chunk = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      const bytes = readSync(file.fd, chunk, 0, CHUNK, file.at);
      if (bytes === 0) return;
      file.at += bytes;
      this.#take(Buffer.concat([this.#rest, chunk.subarray(0, bytes)]));
    }
  }

  /** Goes over to the file that was begun when this one was rotated away; false when that cannot be seen at the moment. */
  #goOn(): boolean {
    const old = this.#file!;
    const place = this.#placeOf(old.inode);
    if (place === null) {
      // Being renamed just now, or removed: then lines went by unseen.
      if (fstatSync(old.fd).nlink > 0) return false;
      this.#say('the log was rotated away faster than it was read');
      closeSync(old.fd);
      this.#file = null;
      return true;
    }
    this.#read();
    if (!this.#open(place === 1 ? this.#path : `${this.#path}.${place - 1}`)) return false;
    if (this.#placeOf(old.inode) !== place) {
      // Rotated meanwhile: what was opened may be the one after the next.
      closeSync(this.#file!.fd);
      this.#file = old;
      return false;
    }
    closeSync(old.fd);
    this.rotations++;
    return true;
  }

  /** Under which number a rotated file is; null when it is under none. */
  #placeOf(inode: number): number | null {
    for (let number = 1; ; number++) {
      const found = inodeOf(`${this.#path}.${number}`);
      if (found === null) return null;
      if (found === inode) return number;
    }
  }

  #take(data: Buffer): void {
    let at = 0;
    while (at < data.length) {
      const run = this.#current;
      if (run !== null && data.length - at >= BYTES && run.next.compare(data, at, at + BYTES) === 0) {
        advance(run);
        this.lines++;
        at += BYTES;
        continue;
      }
      const end = data.indexOf(NEWLINE, at);
      if (end < 0) break;
      this.#other(data.subarray(at, end + 1));
      at = end + 1;
    }
    this.#rest = Buffer.from(data.subarray(at));
  }

  /** A line that is not the next one of the run before. */
  #other(line: Buffer): void {
    const [name = '', id = '', number = ''] = line.toString('latin1').split(' ', 3);
    const run = name === this.#name && line.length === BYTES ? (this.#runs.get(id) ?? newRun(name, id)) : null;
    if (run !== null && run.next.equals(line)) {
      this.#runs.set(id, run);
      this.#current = run;
      advance(run);
      this.lines++;
      return;
    }
    const torn = [...this.#runs.values()].find(
      ({ next, torn: before }) => !before && next.subarray(0, line.length - 1).equals(line.subarray(0, -1)),
    );
    if (torn !== undefined) torn.torn = true;
    else if (run === null) this.#say(`not a line of it: ${line.toString('latin1').slice(0, 100)}`);
    else this.#say(`${Number(number)} of run ${id} comes after ${run.reached}`);
  }

  #say(problem: string): void {
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(`${this.#name}: ${problem}`);
  }
}

function newRun(name: string, id: string): Run {
  const head = `${name} ${id} `;
  const next = Buffer.from(`${`${head}${'0'.repeat(DIGITS - 1)}1 `.padEnd(BYTES - 1, 'x')}\n`);
  return { next, digits: head.length, reached: 0, torn: false };
}

function advance(run: Run): void {
  run.reached++;
  let digit = run.digits + DIGITS - 1;
  while (run.next[digit] === ZERO + 9) run.next[digit--] = ZERO;
  run.next[digit]!++;
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}
