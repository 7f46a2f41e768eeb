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
 * | `landing-read`  the kernel filled LANDING  | LANDING is not empty, PENDING is 0       | its byte is appended         |
 * | `landing-begun`, `landing-copied`   | PENDING − 1 equals FILL                         | LANDING is appended (again)  |
 * | `landing-taken`, `landing-cleared`  | PENDING − 1 is less than FILL                   | LANDING is forgotten         |
 * | `direct-begun`  END was stored      | only the pattern beyond FILL                    | nothing was read             |
 * | `direct-read`   readSync filled the slot | bytes other than the pattern beyond FILL   | FILL moves to END            |
 * | `direct-taken`  FILL was stored     | END is not beyond FILL                          | nothing                      |
 * | `seal-copied`, `seal-prepared`      | CONTROL is the old one                          | the tail is where it was     |
 * | `sealed`, `sealed-newline`          | CONTROL names a batch without a place           | it is queued again           |
 * | `assigned`, `written`               | CONTROL names a batch with inode and offset     | written again, same place    |
 * | `finished`                          | CONTROL names no batch                          | nothing                      |
 * | `ended`         a newline was stored | a newline between FILL and END                 | as `direct-read`             |
 * | `discard-*`     lines are dropped   | DISCARD says which step                         | that step is done again      |
 * | `abandoned`     no shared memory is left | no file                                    | lost: the capture said so    |
 *
 * How much the kernel read before we stored it is known: only this process reads the pipe, so a read of no more than
 * FIONREAD said is that long. Whether it took place shows in the place of the read, which is filled with a pattern beforehand:
 * 16 bytes of data are never all the pattern's by chance. For shorter reads the pipe's access time tells: it is set to 0 before
 * (ARMED) and set by the kernel within the read. On file systems that keep no access times, and on a disk, where setting
 * one could wait, ARMED stays 0: a read of fewer than 16 bytes that all equal the pattern's is then lost in that one moment. The
 * pattern's bytes do not occur in UTF-8, so this takes binary data.
 */

import type { Mapping } from '../native/index.ts';
import type { Backing } from './slot-memory.ts';
import { SlotMemory } from './slot-memory.ts';
import type { Fault, Place, SlotsLabel } from './slots-layout.ts';
import {
  ARMED_DIRECT,
  ARMED_LANDING,
  CLEARING,
  DROPS_TOLD,
  FIRST_WINDOW,
  HAS_PLACE,
  HEADER_BYTES,
  INODE,
  LABEL_AT,
  LABEL_MOST,
  LANDING_AT,
  LANDING_EMPTY,
  LENGTH_SHIFT,
  MAGIC,
  MOVING,
  NEWLINE,
  OFFSET,
  OWN_NEWLINE,
  SURE_BYTES,
  WORD,
  endOfData,
  fillWithPattern,
} from './slots-layout.ts';

export class Slots {
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #header: Buffer;
  readonly #memory: SlotMemory;
  readonly #backing: Backing;
  readonly #fault: Fault | null;
  /** What the event loop reads into. */
  readonly landing: Buffer;
  #active: 0 | 1 = 0;
  /** Bytes taken into the active slot. */
  fill = 0;
  #window = 0;
  #wanted = FIRST_WINDOW;
  /** Position behind the last newline of the active slot; 0 when there is none. */
  lines = 0;

  constructor(mapping: Mapping, backing: Backing, fault: Fault | null = null) {
    this.#header = mapping.view(0, HEADER_BYTES);
    const { buffer, byteOffset } = this.#header;
    this.#words = new Int32Array(buffer, byteOffset, HEADER_BYTES / 4);
    this.#numbers = new Float64Array(buffer, byteOffset, HEADER_BYTES / 8);
    this.landing = this.#header.subarray(LANDING_AT, LANDING_AT + 1);
    this.#memory = new SlotMemory(mapping, backing, fault);
    this.#backing = backing;
    this.#fault = fault;
  }

  /** Continues what an earlier process left, or starts afresh. True when there was something to continue. */
  open(label: SlotsLabel): boolean {
    const continued = this.#words[WORD.magic] === MAGIC;
    if (continued) this.#recover();
    else this.#initialise(label);
    // A stream that never wrote anything needs no memory but the header.
    if (this.fill > 0 || this.#word(WORD.window + this.#active) > 0) this.#ensureWindow(this.fill + FIRST_WINDOW);
    return continued;
  }

  #initialise(label: SlotsLabel): void {
    const text = Buffer.from(JSON.stringify(label));
    if (text.length > LABEL_MOST) throw new RangeError(`a service name of ${label.service.length} characters`);
    text.copy(this.#header, LABEL_AT);
    this.#words[WORD.labelBytes] = text.length;
    this.landing[0] = LANDING_EMPTY;
    this.#store(WORD.magic, MAGIC);
  }

  #recover(): void {
    const control = this.#word(WORD.control);
    this.#active = (control & 1) as 0 | 1;
    for (const slot of [0, 1] as const) {
      this.#memory.continued(slot, Math.max(this.#word(WORD.window + slot), this.#word(WORD.fill + slot)));
    }
    if ((control & DROPS_TOLD) !== 0) this.#tellDrops(control);
    if ((control & OWN_NEWLINE) !== 0) this.#endBatch();
    this.#continueDiscard();
    const pending = this.#word(WORD.pending);
    let fill = this.#word(WORD.fill + this.#active);
    if (pending === 0) {
      fill = this.#endOfRead(fill, this.#word(WORD.end));
      this.#store(WORD.fill + this.#active, fill);
    }
    this.#store(WORD.end, 0);
    if (pending === 0 ? this.#landed() : pending - 1 === fill) {
      this.#memory.reserve(this.#active, fill + 1);
      this.#store(WORD.pending, fill + 1);
      this.active[fill++] = this.landing[0] ?? 0;
      this.#store(WORD.fill + this.#active, fill);
    }
    this.landing[0] = LANDING_EMPTY;
    this.#store(WORD.armed, 0);
    this.#store(WORD.pending, 0);
    this.fill = fill;
    this.lines = fill === 0 ? 0 : this.active.lastIndexOf(NEWLINE, fill - 1) + 1;
  }

  /** Where a read that may have taken place ends, if it did. */
  #endOfRead(fill: number, end: number): number {
    if (end <= fill) return fill;
    const seen = endOfData(this.active, fill, end);
    // A process that is killed can leave a long read half done: what is missing is then more than chance explains.
    if (seen > fill) return end - seen < SURE_BYTES ? end : seen;
    return this.armed === ARMED_DIRECT && this.#backing.wasRead() === true ? end : fill;
  }

  #landed(): boolean {
    if (this.landing[0] !== LANDING_EMPTY) return true;
    return this.armed === ARMED_LANDING && this.#backing.wasRead() === true;
  }

  /** The next byte, which was read into LANDING. */
  takeLanding(): void {
    this.#fault?.('landing-read');
    const at = this.fill;
    this.#ensureWindow(at + 1);
    this.#store(WORD.pending, at + 1);
    this.#fault?.('landing-begun');
    this.active[at] = this.landing[0] ?? 0;
    this.#fault?.('landing-copied');
    this.#took(1);
    this.#fault?.('landing-taken');
    this.landing[0] = LANDING_EMPTY;
    this.#fault?.('landing-cleared');
    this.#store(WORD.armed, 0);
    this.#store(WORD.pending, 0);
  }

  /** The active slot, to read into from `fill` on, at most `room()` bytes; `takeDirect` then says how many they were. */
  get active(): Buffer {
    return this.#memory.slot(this.#active);
  }

  get #other(): Buffer {
    return this.#memory.slot((1 - this.#active) as 0 | 1);
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

  /** That many bytes are going to be read into the active slot. */
  expect(bytes: number): void {
    this.#store(WORD.end, this.fill + bytes);
    this.#fault?.('direct-begun');
  }

  takeDirect(bytes: number): void {
    this.#fault?.('direct-read');
    this.#took(bytes);
  }

  /** Which read the pipe's access time, which is 0 now, is going to tell of. */
  get armed(): number {
    return this.#word(WORD.armed);
  }

  set armed(value: number) {
    if (this.armed !== value) this.#store(WORD.armed, value);
  }

  #took(bytes: number): void {
    const from = this.fill;
    this.fill = from + bytes;
    this.#store(WORD.fill + this.#active, this.fill);
    this.#fault?.('direct-taken');
    this.#store(WORD.end, 0);
    if (this.armed === ARMED_DIRECT) this.#store(WORD.armed, 0);
    const last = this.active.subarray(from, this.fill).lastIndexOf(NEWLINE);
    if (last >= 0) this.lines = from + last + 1;
  }

  /** Ends an unterminated last line with a newline; the pipe must have been emptied. False when there was none. */
  end(): boolean {
    if (this.fill === this.lines) return false;
    this.#ensureWindow(this.fill + 1);
    this.#store(WORD.end, this.fill + 1);
    this.active[this.fill] = NEWLINE;
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
    return this.#other.subarray(0, this.batchLength + own);
  }

  /** Whether lines go to the stream's own file, as it was when the batch was sealed: the next process does not know yet. */
  get split(): boolean {
    return this.#word(WORD.split) === 1;
  }

  /** Where the batch was being written, null when it has no place yet. */
  get place(): Place | null {
    if ((this.#word(WORD.control) & HAS_PLACE) === 0) return null;
    return { inode: this.#numbers[INODE] ?? 0, offset: this.#numbers[OFFSET] ?? 0, split: this.split };
  }

  /**
   * Makes the first `cut` bytes the batch and goes on reading into the other slot, which begins with `prefix`
   * (it tells of dropped lines) and the rest. The other slot must be free.
   */
  seal(cut: number, ownNewline: boolean, prefix: Buffer | null, split: boolean): void {
    this.#store(WORD.split, split ? 1 : 0);
    const next = (1 - this.#active) as 0 | 1;
    const head = prefix?.length ?? 0;
    const rest = this.fill - cut;
    const stale = this.#word(WORD.fill + next);
    if (this.fill * 4 < this.#wanted) this.#wanted = Math.max(FIRST_WINDOW, this.#wanted >>> 1);
    const window = Math.max(this.#wanted, head + rest);
    this.#memory.reserve(next, Math.max(window, stale));
    const from = this.active;
    const to = this.#other;
    prefix?.copy(to, 0);
    if (rest > 0) from.copy(to, head, cut, this.fill);
    this.#fault?.('seal-copied');
    const fill = head + rest;
    if (fill < stale) fillWithPattern(to, fill, stale);
    this.#memory.pattern(next, Math.max(this.#memory.patterned(next), stale, fill), window);
    this.#store(WORD.keep + next, Math.max(0, this.keep - cut));
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
    this.#other[this.batchLength] = NEWLINE;
    this.#fault?.('sealed-newline');
  }

  #tellDrops(control: number): void {
    this.#store(WORD.dropped, 0);
    this.#store(WORD.control, control & ~DROPS_TOLD);
  }

  /** The batch is going to be written there. */
  assign(place: Pick<Place, 'inode' | 'offset'>): void {
    this.#numbers[INODE] = place.inode;
    this.#numbers[OFFSET] = place.offset;
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
    const slot = this.active;
    let count = 0;
    const going = slot.subarray(keep, rest);
    for (let at = going.indexOf(NEWLINE); at >= 0; at = going.indexOf(NEWLINE, at + 1)) count++;
    if (this.dropped === 0) this.#store(WORD.keep + this.#active, keep);
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
    const slot = this.active;
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

  /** Behind these bytes of the active slot they are missing. */
  get keep(): number {
    return this.dropped === 0 ? 0 : this.#word(WORD.keep + this.#active);
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
    this.#memory.reserve(this.#active, end);
    this.#memory.pattern(this.#active, this.#window === 0 ? this.fill : this.#memory.patterned(this.#active), end);
    this.#window = end;
    this.#store(WORD.window + this.#active, end);
  }

  #word(index: number): number {
    return this.#words[index] ?? 0;
  }

  /** Atomic, so that no compiler and no processor moves it before what it makes true. */
  #store(index: number, value: number): void {
    Atomics.store(this.#words, index, value);
  }
}
