import fs from 'node:fs';
import { promisify } from 'node:util';
import type { Mark } from '../../core/log/index.ts';
import type { Gate } from './gate.ts';
import { MarksFile } from './marks-file.ts';
import type { RotationPolicy } from './rotate.ts';
import { removeOld, shiftFiles } from './rotate.ts';
import type { Place } from './slots-layout.ts';

/** Something that has whole lines for a file. */
export interface Source {
  /** The lines; unchanged until `written`. */
  readonly batch: Buffer;
  /** Where they were being written when an earlier process died, or a write failed. */
  readonly place: Pick<Place, 'inode' | 'offset'> | null;
  /** They are going to be written there. */
  assign(inode: number, offset: number): void;
  /** They are in the file; may enqueue the next batch. Returns their marks. */
  written(offset: number): Mark[];
}

const open = promisify(fs.open);
const close = promisify(fs.close);
const fstat = promisify(fs.fstat);
const stat = promisify(fs.stat);

const FILE_MODE = 0o640;
/** How often it is looked whether somebody moved, removed or shortened the file. */
const LOOK_MS = 1000;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1000;
/** After a rotation that failed, the file grows on and the next attempt is made this much later. */
const ROTATION_RETRY_MS = 5000;
/** An operation that takes longer is worth a word. */
const LONG_MS = 3000;
const NEWLINE = 10;

/**
 * One log file: takes batches from its sources one after the other, writes each at a position of its own (so that an
 * interrupted write can be done again), and rotates between batches. A write that fails is repeated until it succeeds.
 */
export class LogFile {
  readonly path: string;
  policy: RotationPolicy;
  readonly #gate: Gate;
  readonly #queue: Source[] = [];
  readonly #marks: MarksFile | null;
  #fd: number | null = null;
  #inode = 0;
  #end = 0;
  #begun = 0;
  #looked = 0;
  #rotateAfter = 0;
  #working = false;
  /** When the batch that is being written was begun. */
  #since = 0;
  #problem: string | null = null;

  constructor(path: string, policy: RotationPolicy, gate: Gate, marks: boolean) {
    this.path = path;
    this.policy = policy;
    this.#gate = gate;
    this.#marks = marks ? new MarksFile(gate) : null;
  }

  /** Queues a source's batch; one that has a place already goes first. */
  enqueue(source: Source): void {
    if (source.place === null) this.#queue.push(source);
    else this.#queue.unshift(source);
    if (this.#working) return;
    this.#working = true;
    queueMicrotask(() => void this.#work());
  }

  /** Why the last operation failed, or that the disk has not answered for long; null when all is well. */
  get problem(): string | null {
    if (this.#problem !== null || !this.#working) return this.#problem;
    const waits = performance.now() - this.#since;
    return waits < LONG_MS
      ? null
      : `cannot write ${this.path}: the disk has not answered for ${Math.round(waits / 1000)} s`;
  }

  get idle(): boolean {
    return !this.#working && (this.#marks?.idle ?? true);
  }

  /** Writes the marks that wait for company. */
  hurry(): void {
    this.#marks?.flush();
  }

  /** Closes the file when it is idle. */
  async close(): Promise<void> {
    if (this.#working || this.#fd === null) return;
    await this.#release();
  }

  async #work(): Promise<void> {
    let wait = FIRST_RETRY_MS;
    for (let source = this.#queue[0]; source !== undefined; source = this.#queue[0]) {
      try {
        const { batch } = source;
        const now = performance.now();
        this.#since = now;
        if (this.#fd === null || now - this.#looked > LOOK_MS || this.#full(batch.length)) {
          await this.#prepare(source, now);
        }
        const offset = this.#positionOf(source);
        if (source.place === null || source.place.offset !== offset || source.place.inode !== this.#inode) {
          source.assign(this.#inode, offset);
        }
        await this.#write(batch, offset);
        this.#end = Math.max(this.#end, offset + batch.length);
        this.#queue.shift();
        for (const mark of source.written(offset)) this.#marks?.add(mark);
        this.#problem = null;
        wait = FIRST_RETRY_MS;
      } catch (error) {
        const failure = error as NodeJS.ErrnoException;
        this.#problem = `cannot write ${this.path}: ${failure.message}`;
        if (failure.code !== 'ENOSPC' && failure.code !== 'EDQUOT') await this.#release().catch(() => undefined);
        await delay(wait);
        wait = Math.min(LAST_RETRY_MS, wait * 2);
      }
    }
    this.#working = false;
  }

  /** A batch that was being written to this very file goes where it went; any other to the end. */
  #positionOf(source: Source): number {
    return source.place !== null && source.place.inode === this.#inode ? source.place.offset : this.#end;
  }

  #full(bytes: number): boolean {
    if (this.#end === 0 || performance.now() < this.#rotateAfter) return false;
    return this.#end + bytes > this.policy.maxSize || Date.now() - this.#begun > this.policy.maxAge;
  }

  async #prepare(source: Source, now: number): Promise<void> {
    if (this.#fd !== null) await this.#look();
    if (this.#fd === null) await this.#open(source);
    this.#looked = now;
    if (source.place === null && this.#full(source.batch.length)) await this.#rotate(source);
  }

  /** Finds out whether somebody else moved, removed or shortened the file. */
  async #look(): Promise<void> {
    const found = await this.#gate.run(() => stat(this.path).catch(() => null));
    if (found === null || found.ino !== this.#inode) await this.#release();
    else if (found.size < this.#end) this.#end = found.size;
  }

  async #open(source: Source): Promise<void> {
    const { O_RDWR, O_CREAT } = fs.constants;
    const { fd, found } = await this.#gate.run(async () => {
      const opened = await open(this.path, O_RDWR | O_CREAT, FILE_MODE);
      return { fd: opened, found: await fstat(opened) };
    });
    this.#fd = fd;
    this.#inode = found.ino;
    this.#end = found.size;
    const begun = found.size === 0 ? Date.now() : Math.min(found.birthtimeMs, found.mtimeMs);
    this.#begun = (await this.#marks?.open(`${this.path}.idx`, found.ino, begun)) ?? begun;
    if (this.#end > 0 && this.#positionOf(source) === this.#end && source.place === null) await this.#endTornLine(fd);
  }

  /** What a machine that lost its power left without a newline must not run into the next line. */
  async #endTornLine(fd: number): Promise<void> {
    const last = Buffer.alloc(1);
    await this.#gate.run(() => promisify(fs.read)(fd, last, 0, 1, this.#end - 1));
    if (last[0] === NEWLINE) return;
    await this.#write(Buffer.of(NEWLINE), this.#end);
    this.#end++;
  }

  async #rotate(source: Source): Promise<void> {
    try {
      await this.#release();
      await this.#gate.run(() => shiftFiles(this.path, this.policy.maxFiles));
    } catch (error) {
      this.#problem = `cannot rotate ${this.path}: ${(error as Error).message}`;
      this.#rotateAfter = performance.now() + ROTATION_RETRY_MS;
    }
    await this.#open(source);
    await this.#gate.run(() => removeOld(this.path, this.policy, Date.now())).catch(() => undefined);
  }

  async #release(): Promise<void> {
    const fd = this.#fd;
    this.#fd = null;
    await this.#marks?.close();
    if (fd !== null) await this.#gate.run(() => close(fd));
  }

  async #write(data: Buffer, offset: number): Promise<void> {
    const turn = this.#gate.enter();
    if (turn !== undefined) await turn;
    try {
      await new Promise<void>((resolve, reject) => {
        const next = (done: number): void => {
          fs.write(this.#fd as number, data, done, data.length - done, offset + done, (error, bytes) => {
            if (error !== null) reject(error);
            else if (done + bytes >= data.length) resolve();
            else next(done + bytes);
          });
        };
        next(0);
      });
    } finally {
      this.#gate.leave();
    }
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
