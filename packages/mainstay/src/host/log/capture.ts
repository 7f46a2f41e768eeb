import type { Mark } from '../../core/log/index.ts';
import { MARK } from '../../core/log/index.ts';
import type { Reading } from './fifo.ts';
import { FifoReader } from './fifo.ts';
import type { LogFile, Source } from './log-file.ts';
import { Segments } from './segments.ts';
import { SLOT_BYTES } from './slots-layout.ts';
import type { Slots } from './slots.ts';

/** Bytes a slot takes before the batch in the other one is written. */
const WINDOW_BYTES = 768 * 1024;
/** A pipe of a hard writer is made this large: each time one side waits for the other costs more than copying 64 KiB. */
const PIPE_BYTES = 1024 * 1024;
/** While a batch is being written and this much waits, the pipe is left to fill: fewer and larger reads and writes. */
const HARD_BYTES = 16 * 1024;
/** A slot must still take the byte that the event loop read, a newline and a line of our own. */
const SPARE_BYTES = 4096;
const MOST_IN_SLOT = SLOT_BYTES - SPARE_BYTES;
/** Longest line that a slot can hold. */
export const LONGEST_LINE = MOST_IN_SLOT - SPARE_BYTES;
const NEWLINE = 10;

/** What a capture needs to know of its instance, looked up when it is needed: settings change while it lives. */
export interface CaptureOwner {
  readonly number: number;
  /** Longest line, in bytes. */
  maxLine(): number;
  whenFull(): 'block' | 'drop';
  /** The file that the next batch goes to, and whether that is the stream's own. */
  file(): { file: LogFile; split: boolean };
  /** Whole lines were taken; called for each run of them, once. `late`: an incarnation wrote them that is over. */
  lines(lines: Buffer, late: boolean): void;
  dropped(lines: number): void;
  /** Milliseconds, UTC. */
  wall(): number;
}

/** One stream of one instance, from its FIFO through its slots to a log file. */
export class Capture implements Source {
  readonly stream: 'out' | 'err';
  readonly #slots: Slots;
  readonly #owner: CaptureOwner;
  readonly #reading: Reading;
  #reader: FifoReader | null = null;
  #grown = false;
  #segments = new Segments();
  #batchSegments = new Segments();
  #queued = false;
  /**
   * What is still in the pipe of incarnations that are over, bytes of each: a pipe that is full because the disk takes nothing
   * outlives them, and what the next one writes follows without a gap.
   */
  readonly #left: number[] = [];
  /** Position up to which `owner.lines` was told. */
  #told = 0;
  problem: string | null = null;

  /** @param continued the slots hold what an earlier process left */
  constructor(stream: 'out' | 'err', slots: Slots, owner: CaptureOwner, continued: boolean, reading: Reading) {
    this.#reading = reading;
    this.stream = stream;
    this.#slots = slots;
    this.#owner = owner;
    if (!continued) return;
    this.#segments.note(0, owner.wall(), slots.incarnation);
    this.#batchSegments.note(0, owner.wall(), slots.incarnation);
  }

  /** Queues a batch that an earlier process was writing. Before any other batch of the same file. */
  redo(fileOf: (split: boolean) => LogFile): void {
    if (this.#slots.batchLength === 0 || this.#queued) return;
    this.#queued = true;
    const { place } = this.#slots;
    if (place === null) this.#owner.file().file.enqueue(this);
    else fileOf(place.split).enqueue(this);
  }

  /** Begins to read. */
  attach(path: string): void {
    this.#reader = new FifoReader(
      path,
      this.#slots,
      this.#reading,
      () => this.#arrived(),
      (error) => {
        this.problem = `cannot read ${path}: ${error.message}`;
      },
    );
    this.#reader.unref();
    this.#move();
  }

  #arrived(): boolean {
    this.#segments.note(this.#slots.fill, this.#owner.wall(), this.#slots.incarnation);
    this.#slots.takeLanding();
    this.#passed(1);
    this.#readOn(this.#most());
    return this.#move();
  }

  /** How much the active slot may hold: more than the usual only while it is one long line. */
  #most(): number {
    const maxLine = this.#owner.maxLine();
    if (this.#slots.lines > 0 || maxLine <= WINDOW_BYTES) return WINDOW_BYTES;
    return Math.min(MOST_IN_SLOT, maxLine + SPARE_BYTES);
  }

  /** Reads until the pipe is empty (true) or the slot is full (false). */
  #readOn(most: number): boolean {
    if (this.#reader === null) return true;
    for (;;) {
      const before = this.#slots.fill;
      const empty = this.#reader.take(most, this.#left[0] ?? Infinity);
      const bytes = this.#slots.fill - before;
      if (bytes > 0) this.#segments.note(before, this.#owner.wall(), this.#slots.incarnation);
      if (!this.#passed(bytes)) return empty;
    }
  }

  /** So many bytes were read. True when they were the last of an incarnation: its unterminated line is ended. */
  #passed(bytes: number): boolean {
    const left = this.#left[0];
    if (left === undefined) return false;
    this.#left[0] = left - bytes;
    if (left > bytes) return false;
    this.#endLine();
    this.#tell();
    this.#left.shift();
    return true;
  }

  #endLine(): void {
    const lineStart = this.#slots.lines;
    if (this.#slots.end()) this.#segments.flag(lineStart, MARK.partial);
  }

  /** Hands on what can be handed on. Answers whether there is room to read more. */
  #move(): boolean {
    const slots = this.#slots;
    this.#tell();
    if (slots.batchLength === 0) this.#seal();
    if (slots.fill < (this.#queued ? HARD_BYTES : this.#most())) return true;
    if (slots.fill < this.#most()) return this.#owner.whenFull() === 'drop';
    if (this.#owner.whenFull() === 'drop') this.#drop();
    return slots.fill < this.#most();
  }

  #tell(): void {
    const { lines, active } = this.#slots;
    if (lines > this.#told) this.#owner.lines(active.subarray(this.#told, lines), this.#left.length > 0);
    this.#told = Math.max(this.#told, lines);
  }

  /** Makes whole lines the batch and queues it. */
  #seal(): void {
    const slots = this.#slots;
    const dropped = slots.dropped;
    const { keep } = slots;
    const { cut, ownNewline } = this.#cut(keep > 0 ? keep : slots.lines);
    if (cut === 0) return;
    const all = dropped > 0 && cut >= keep;
    const prefix = all ? Buffer.from(`[mainstay] ${dropped} ${dropped === 1 ? 'line' : 'lines'} dropped\n`) : null;
    const head = prefix?.length ?? 0;
    this.#batchSegments = this.#segments.split(cut, head);
    if (ownNewline) this.#batchSegments.flag(0, MARK.cut);
    const { file, split } = this.#owner.file();
    slots.seal(cut, ownNewline, prefix, split);
    this.#told = Math.max(0, this.#told - cut + head);
    if (prefix !== null) {
      this.#segments.prepend(this.#owner.wall(), slots.incarnation, MARK.note);
      this.#owner.dropped(dropped);
    }
    this.#queued = true;
    file.enqueue(this);
  }

  /** Where to cut so that no line is longer than allowed: behind the last of the lines that fit, or within the first. */
  #cut(lines: number): { cut: number; ownNewline: boolean } {
    const { active, fill } = this.#slots;
    const maxLine = this.#owner.maxLine();
    const end = lines === 0 ? fill : lines;
    let at = 0;
    while (end - at > maxLine) {
      const newline = active.subarray(at, at + maxLine + 1).lastIndexOf(NEWLINE);
      if (newline < 0) return at > 0 ? { cut: at, ownNewline: false } : { cut: maxLine, ownNewline: true };
      at += newline + 1;
    }
    return { cut: lines, ownNewline: false };
  }

  #drop(): void {
    const slots = this.#slots;
    const keep = slots.keep || this.#keepable();
    if (slots.discard(keep) === 0) return;
    this.#segments.truncate(keep + 1);
    this.#segments.note(keep, this.#owner.wall(), slots.incarnation);
    this.#told = Math.min(this.#told, slots.lines);
  }

  /** The older half of the lines is kept, at least one. */
  #keepable(): number {
    const lines = this.#slots.active.subarray(0, this.#slots.lines);
    return lines.subarray(0, WINDOW_BYTES / 2).lastIndexOf(NEWLINE) + 1 || lines.indexOf(NEWLINE) + 1;
  }

  /** Lines that are missing from the log and not yet told of in it. */
  get dropped(): number {
    return this.#slots.dropped;
  }

  get batch(): Buffer {
    return this.#slots.batch;
  }

  get place(): { inode: number; offset: number } | null {
    return this.#slots.place;
  }

  assign(inode: number, offset: number): void {
    this.#slots.assign({ inode, offset });
  }

  written(offset: number): Mark[] {
    const writer = { instance: this.#owner.number, stream: this.stream };
    const marks = this.#batchSegments.marks(offset, this.batch.length, writer);
    this.#slots.finish();
    this.#queued = false;
    const reader = this.#reader;
    if (reader?.paused === true) {
      const before = this.#slots.fill;
      this.#readOn(this.#most());
      const hard = this.#slots.fill - before >= HARD_BYTES;
      if (hard && !this.#grown) reader.grow(PIPE_BYTES);
      this.#grown ||= hard;
      if (this.#move() && !(hard && this.#queued)) reader.resume();
    } else {
      this.#move();
    }
    return marks;
  }

  /** Another incarnation writes from now on. */
  begin(incarnation: number): void {
    if (this.#slots.incarnation === incarnation) return;
    if (this.#slots.incarnation !== 0) this.drain();
    this.#slots.incarnation = incarnation;
  }

  /** Takes what is in the pipe now and ends an unterminated last line. */
  drain(): void {
    for (let round = 0; round < 4 && !this.#readOn(MOST_IN_SLOT); round++) this.#move();
    const waiting = this.#reader?.waiting ?? 0;
    const known = this.#left.reduce((sum, one) => sum + one, 0);
    if (waiting > known) this.#left.push(waiting - known);
    else if (waiting === 0) this.#endLine();
    this.#move();
  }

  /** Nothing waits but an unterminated line. */
  get idle(): boolean {
    return !this.#queued && this.#slots.lines === 0;
  }

  /** Whole lines and the unterminated rest that are not in a batch yet. */
  get waiting(): Buffer {
    return this.#slots.active.subarray(0, this.#slots.fill);
  }

  detach(): void {
    this.#reader?.close();
    this.#reader = null;
  }
}
