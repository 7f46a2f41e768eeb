import fs from 'node:fs';
import { promisify } from 'node:util';
import type { Mark } from '../../core/log/index.ts';
import { decodeHeader, encodeHeader, encodeMark, extendMark, MARK_BYTES } from '../../core/log/index.ts';
import type { Gate } from './gate.ts';

/** A mark waits this long for others of the same writer. */
const COMPANY_MS = 20;
/** More marks than this are never held for a disk that does not answer; the newest are then lost. */
const MOST_WAITING = 4096;

const open = promisify(fs.open);
const close = promisify(fs.close);
const read = promisify(fs.read);
const fstat = promisify(fs.fstat);
const write = promisify(fs.write);
const truncate = promisify(fs.ftruncate);

/** Writes the side index of a log file. Never fails: marks that cannot be written are lost, which costs no line. */
export class MarksFile {
  readonly #gate: Gate;
  #waiting: Mark[] = [];
  #fd: number | null = null;
  #end = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  /**
   * Continues the index of the log file with that inode, or begins it anew when it describes another.
   * Returns when the log file was begun (UTC ms), `begun` for a new index.
   */
  async open(path: string, inode: number, begun: number): Promise<number> {
    try {
      return await this.#gate.run(async () => {
        const fd = await open(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o640);
        this.#fd = fd;
        const record = new DataView(new ArrayBuffer(MARK_BYTES));
        await read(fd, record, 0, MARK_BYTES, 0);
        const header = decodeHeader(record);
        if (header?.inode === inode) {
          this.#end = Math.floor((await fstat(fd)).size / MARK_BYTES) * MARK_BYTES;
          return header.begun;
        }
        await truncate(fd, 0);
        await write(fd, encodeHeader(inode, begun), 0, MARK_BYTES, 0);
        this.#end = MARK_BYTES;
        return begun;
      });
    } catch {
      return begun;
    }
  }

  add(mark: Mark): void {
    const last = this.#waiting.at(-1);
    if (last !== undefined && extendMark(last, mark)) return;
    if (this.#waiting.length >= MOST_WAITING) return;
    this.#waiting.push(mark);
    this.#timer ??= setTimeout(() => this.flush(), COMPANY_MS);
  }

  get idle(): boolean {
    return this.#timer === null && this.#writing === null;
  }

  /** Begins to write what waits. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#writing !== null) {
      if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.flush(), COMPANY_MS);
      return;
    }
    const fd = this.#fd;
    const marks = this.#waiting;
    this.#waiting = [];
    if (fd === null || marks.length === 0) return;
    const record = new DataView(new ArrayBuffer(marks.length * MARK_BYTES));
    marks.forEach((mark, index) => encodeMark(mark, record, index * MARK_BYTES));
    const at = this.#end;
    this.#end += record.byteLength;
    this.#writing = this.#gate
      .run(() => write(fd, record, 0, record.byteLength, at))
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        this.#writing = null;
      });
  }

  /** Writes what waits and closes the index. */
  async close(): Promise<void> {
    await this.#writing;
    this.flush();
    await this.#writing;
    const fd = this.#fd;
    this.#fd = null;
    if (fd !== null) await this.#gate.run(() => close(fd)).catch(() => undefined);
  }
}
