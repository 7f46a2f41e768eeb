/**
 * The memory of one stream between its pipe and its file: a header and two slots in one shared mapping, so
 * that whatever was read from the pipe is safe from the death of this process the moment the kernel returns.
 *
 * One slot is *active* (being read into); the other is free or holds the *batch*, whole lines on their way to
 * the file. Every step ends in one 32-bit store that makes it true; `open()` finds out from the words alone
 * how far a process that was killed between any two stores had come:
 *
 * | killed after                        | found at recovery                               | done                         |
 * |-------------------------------------|-------------------------------------------------|------------------------------|
 * | `landing-read`  the kernel filled LANDING  | LANDING has bytes, PENDING is 0          | they are appended            |
 * | `landing-begun`, `landing-copied`   | PENDING − 1 equals FILL                         | LANDING is appended (again)  |
 * | `landing-taken`, `landing-cleared`  | PENDING − 1 is less than FILL                   | LANDING is forgotten         |
 * | `direct-read`   readSync filled the slot | bytes other than the pattern beyond FILL   | FILL moves behind the last   |
 * | `seal-copied`, `seal-prepared`      | CONTROL is the old one                          | the tail is where it was     |
 * | `sealed`, `sealed-newline`          | CONTROL names a batch without a place           | it is queued again           |
 * | `assigned`, `written`               | CONTROL names a batch with inode and offset     | written again, same place    |
 * | `finished`                          | CONTROL names no batch                          | nothing                      |
 * | `ended`         a newline was stored | a newline beyond FILL                          | as `direct-read`             |
 * | `discard-*`     lines are dropped   | DISCARD says which step                         | that step is done again      |
 *
 * The length of a read that the kernel finished and we did not store is found by filling the place of the read
 * with a pattern beforehand. The pattern is made of bytes that do not occur in UTF-8, so for text the answer is
 * exact; of binary data a last byte that happens to equal the pattern's can be lost in that one moment.
 */

import type { Fault, Place, SlotsLabel } from './slots-layout.ts';
import {
  CLEARING,
  DROPS_TOLD,
  FIRST_WINDOW,
  HAS_PLACE,
  HEADER_BYTES,
  INODE,
  LABEL_AT,
  LABEL_MOST,
  LANDING_AT,
  LANDING_BYTES,
  LENGTH_SHIFT,
  MAGIC,
  MOVING,
  NEWLINE,
  OFFSET,
  OWN_NEWLINE,
  SLOT_BYTES,
  WORD,
  endOfData,
  fillWithPattern,
} from './slots-layout.ts';

export class Slots {
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #memory: Buffer;
  readonly #slots: readonly [Buffer, Buffer];
  readonly #fault: Fault | null;
  /** End of the part of each slot that was ever given the pattern. */
  readonly #patterned: [number, number] = [0, 0];
  /** What the event loop reads into. */
  readonly landing: Buffer;
  #active: 0 | 1 = 0;
  /** Bytes taken into the active slot. */
  fill = 0;
  #window = 0;
  #wanted = FIRST_WINDOW;
  /** Position behind the last newline of the active slot; 0 when there is none. */
  lines = 0;

  constructor(memory: Buffer, fault: Fault | null = null) {
    this.#memory = memory;
    this.#words = new Int32Array(memory.buffer, memory.byteOffset, HEADER_BYTES / 4);
    this.#numbers = new Float64Array(memory.buffer, memory.byteOffset, HEADER_BYTES / 8);
    this.landing = memory.subarray(LANDING_AT, HEADER_BYTES);
    this.#slots = [
      memory.subarray(HEADER_BYTES, HEADER_BYTES + SLOT_BYTES),
      memory.subarray(HEADER_BYTES + SLOT_BYTES, HEADER_BYTES + 2 * SLOT_BYTES),
    ];
    this.#fault = fault;
  }

  /** Continues what an earlier process left, or starts afresh. True when there was something to continue. */
  open(label: SlotsLabel): boolean {
    const continued = this.#words[WORD.magic] === MAGIC;
    if (continued) this.#recover();
    else this.#initialise(label);
    this.#ensureWindow(this.fill + FIRST_WINDOW);
    return continued;
  }

  #initialise(label: SlotsLabel): void {
    const text = Buffer.from(JSON.stringify(label));
    if (text.length > LABEL_MOST) throw new RangeError(`a service name of ${label.service.length} characters`);
    text.copy(this.#memory, LABEL_AT);
    this.#words[WORD.labelBytes] = text.length;
    fillWithPattern(this.landing, 0, LANDING_BYTES);
    this.#store(WORD.magic, MAGIC);
  }

  #recover(): void {
    const control = this.#word(WORD.control);
    this.#active = (control & 1) as 0 | 1;
    const slot = this.#slots[this.#active];
    if ((control & DROPS_TOLD) !== 0) this.#tellDrops(control);
    if ((control & OWN_NEWLINE) !== 0) this.#endBatch();
    this.#continueDiscard();
    const window = this.#word(WORD.window + this.#active);
    let fill = this.#word(WORD.fill + this.#active);
    const pending = this.#word(WORD.pending);
    if (pending === 0) {
      fill = endOfData(slot, fill, window);
      this.#store(WORD.fill + this.#active, fill);
    }
    if (pending === 0 || pending - 1 === fill) {
      const landed = endOfData(this.landing, 0, LANDING_BYTES);
      this.#store(WORD.pending, fill + 1);
      this.landing.copy(slot, fill, 0, landed);
      fill += landed;
      fillWithPattern(slot, fill, window);
      this.#store(WORD.fill + this.#active, fill);
    }
    fillWithPattern(this.landing, 0, LANDING_BYTES);
    this.#store(WORD.pending, 0);
    this.fill = fill;
    this.lines = fill === 0 ? 0 : slot.lastIndexOf(NEWLINE, fill - 1) + 1;
  }

  /** The next bytes that were read into LANDING. */
  takeLanding(bytes: number): void {
    this.#fault?.('landing-read');
    const at = this.fill;
    this.#ensureWindow(at + bytes);
    this.#store(WORD.pending, at + 1);
    this.#fault?.('landing-begun');
    this.landing.copy(this.#slots[this.#active], at, 0, bytes);
    this.#fault?.('landing-copied');
    this.#took(bytes);
    this.#fault?.('landing-taken');
    fillWithPattern(this.landing, 0, bytes);
    this.#fault?.('landing-cleared');
    this.#store(WORD.pending, 0);
  }

  /** The active slot, to read into from `fill` on, at most `room()` bytes; `takeDirect` then says how many they were. */
  get active(): Buffer {
    return this.#slots[this.#active];
  }

  /** Room to read into directly, made so that the slot holds at most `most` bytes. */
  room(most: number): number {
    if (this.fill >= most) return 0;
    if (this.fill >= this.#window) {
      this.#wanted = Math.min(most, Math.max(FIRST_WINDOW, this.#window * 2));
      this.#ensureWindow(this.#wanted);
    }
    return Math.min(most, this.#window) - this.fill;
  }

  takeDirect(bytes: number): void {
    this.#fault?.('direct-read');
    this.#took(bytes);
  }

  #took(bytes: number): void {
    const from = this.fill;
    this.fill = from + bytes;
    this.#store(WORD.fill + this.#active, this.fill);
    const last = this.#slots[this.#active].subarray(from, this.fill).lastIndexOf(NEWLINE);
    if (last >= 0) this.lines = from + last + 1;
  }

  /** Ends an unterminated last line with a newline; the pipe must have been emptied. False when there was none. */
  end(): boolean {
    if (this.fill === this.lines) return false;
    this.#ensureWindow(this.fill + 1);
    this.#slots[this.#active][this.fill] = NEWLINE;
    this.#fault?.('ended');
    this.#took(1);
    return true;
  }

  /** Length of the batch, 0 when the other slot is free. */
  get batchLength(): number {
    return this.#word(WORD.control) >>> LENGTH_SHIFT;
  }

  /** The batch, with the newline that was added to it if one was. */
  get batch(): Buffer {
    const own = (this.#word(WORD.control) & OWN_NEWLINE) !== 0 ? 1 : 0;
    return this.#slots[(1 - this.#active) as 0 | 1].subarray(0, this.batchLength + own);
  }

  /** Where the batch was being written, null when it has no place yet. */
  get place(): Place | null {
    if ((this.#word(WORD.control) & HAS_PLACE) === 0) return null;
    return {
      inode: this.#numbers[INODE] ?? 0,
      offset: this.#numbers[OFFSET] ?? 0,
      split: this.#word(WORD.split) === 1,
    };
  }

  /**
   * Makes the first `cut` bytes the batch and goes on reading into the other slot, which begins with `prefix`
   * (it tells of dropped lines) and the rest. The other slot must be free.
   */
  seal(cut: number, ownNewline: boolean, prefix: Buffer | null): void {
    const from = this.#slots[this.#active];
    const next = (1 - this.#active) as 0 | 1;
    const to = this.#slots[next];
    const head = prefix?.length ?? 0;
    const rest = this.fill - cut;
    const stale = this.#word(WORD.fill + next);
    prefix?.copy(to, 0);
    if (rest > 0) from.copy(to, head, cut, this.fill);
    this.#fault?.('seal-copied');
    const fill = head + rest;
    if (this.fill * 4 < this.#wanted) this.#wanted = Math.max(FIRST_WINDOW, this.#wanted >>> 1);
    if (fill < stale) fillWithPattern(to, fill, stale);
    this.#patterned[next] = Math.max(this.#patterned[next], stale, fill);
    const window = Math.max(this.#wanted, fill);
    this.#pattern(next, window);
    this.#store(WORD.fill + next, fill);
    this.#store(WORD.window + next, window);
    this.#fault?.('seal-prepared');
    const control = next | (ownNewline ? OWN_NEWLINE : 0) | (prefix === null ? 0 : DROPS_TOLD) | (cut << LENGTH_SHIFT);
    this.#store(WORD.control, control);
    this.#fault?.('sealed');
    this.#active = next;
    this.fill = fill;
    this.#window = window;
    this.lines = head + Math.max(0, this.lines - cut);
    if (prefix !== null) this.#tellDrops(control);
    if (ownNewline) this.#endBatch();
  }

  #endBatch(): void {
    this.#slots[(1 - this.#active) as 0 | 1][this.batchLength] = NEWLINE;
    this.#fault?.('sealed-newline');
  }

  #tellDrops(control: number): void {
    this.#store(WORD.dropped, 0);
    this.#store(WORD.control, control & ~DROPS_TOLD);
  }

  /** The batch is going to be written there. */
  assign(place: Place): void {
    this.#numbers[INODE] = place.inode;
    this.#numbers[OFFSET] = place.offset;
    this.#store(WORD.split, place.split ? 1 : 0);
    this.#store(WORD.control, this.#word(WORD.control) | HAS_PLACE);
    this.#fault?.('assigned');
  }

  /** The batch is in the file; its slot is free. */
  finish(): void {
    this.#fault?.('written');
    this.#store(WORD.control, this.#active);
    this.#fault?.('finished');
  }

  /**
   * Forgets the whole lines behind `keep` (a position behind a newline); an unterminated rest moves up. Does nothing
   * while the rest is longer than what would go: the move must be one that can be done again. Returns how many lines went.
   */
  discard(keep: number): number {
    const rest = this.lines;
    if (rest <= keep || this.fill - rest > rest - keep) return 0;
    const slot = this.#slots[this.#active];
    let count = 0;
    for (let at = slot.indexOf(NEWLINE, keep); at >= 0 && at < rest; at = slot.indexOf(NEWLINE, at + 1)) count++;
    this.#words[WORD.discardKeep] = keep;
    this.#words[WORD.discardRest] = rest;
    this.#words[WORD.discardEnd] = this.fill;
    this.#words[WORD.droppedThen] = this.dropped + count;
    this.#store(WORD.discard, MOVING);
    this.#continueDiscard();
    this.fill = this.#word(WORD.fill + this.#active);
    this.lines = keep;
    return count;
  }

  #continueDiscard(): void {
    if (this.#word(WORD.discard) === 0) return;
    const slot = this.#slots[this.#active];
    const keep = this.#word(WORD.discardKeep);
    const rest = this.#word(WORD.discardRest);
    const end = this.#word(WORD.discardEnd);
    const fill = keep + end - rest;
    if (this.#word(WORD.discard) === MOVING) {
      this.#fault?.('discard-begun');
      slot.copyWithin(keep, rest, end);
      this.#fault?.('discard-moved');
      this.#store(WORD.fill + this.#active, fill);
      this.#store(WORD.dropped, this.#word(WORD.droppedThen));
      this.#store(WORD.discard, CLEARING);
      this.#fault?.('discard-clearing');
    }
    fillWithPattern(slot, fill, end);
    this.#store(WORD.discard, 0);
  }

  /** Lines that were dropped and not yet told of. */
  get dropped(): number {
    return this.#word(WORD.dropped);
  }

  get incarnation(): number {
    return this.#word(WORD.incarnation);
  }

  set incarnation(value: number) {
    this.#store(WORD.incarnation, value);
  }

  /** The incarnation in which the awaited line or notification came; 0: none. Survives this process. */
  get matched(): number {
    return this.#word(WORD.matched);
  }

  set matched(value: number) {
    this.#store(WORD.matched, value);
  }

  #ensureWindow(end: number): void {
    if (end <= this.#window) return;
    this.#pattern(this.#active, end);
    this.#window = end;
    this.#store(WORD.window + this.#active, end);
  }

  /** Fills the active slot from its window on (or what was never filled of the other) with the pattern. */
  #pattern(slot: 0 | 1, end: number): void {
    const from = slot === this.#active && this.#window === 0 ? this.fill : this.#patterned[slot];
    if (end > from) fillWithPattern(this.#slots[slot], from, end);
    this.#patterned[slot] = Math.max(end, this.#patterned[slot]);
  }

  #word(index: number): number {
    return this.#words[index] ?? 0;
  }

  /** Atomic, so that no compiler and no processor moves it before what it makes true. */
  #store(index: number, value: number): void {
    Atomics.store(this.#words, index, value);
  }
}
