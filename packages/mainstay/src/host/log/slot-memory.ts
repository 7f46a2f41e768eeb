import type { Mapping } from '../native/index.ts';
import type { Fault } from './slots-layout.ts';
import { HEADER_BYTES, SLOT_BYTES, fillWithPattern } from './slots-layout.ts';

/** What the memory of a stream is made of. */
export interface Backing {
  /** Makes sure that [from, to) of the mapping can be stored to: storing to what is not there would end the process. */
  reserve(from: number, to: number): boolean;
  /** The memory is used no longer: nothing may be recovered from it. */
  abandon(): void;
  /** Whether the pipe was read since its access time was set to 0; null when that cannot be told. */
  wasRead(): boolean | null;
}

const PAGE = 4096;

/** The two slots of a stream: which part of each there is memory for, and which part was given the pattern. */
export class SlotMemory {
  readonly #mapping: Mapping;
  /** Null: not looked at yet. */
  readonly #slots: [Buffer | null, Buffer | null] = [null, null];
  readonly #backing: Backing;
  readonly #fault: Fault | null;
  readonly #reserved: [number, number] = [0, 0];
  readonly #patterned: [number, number] = [0, 0];

  constructor(mapping: Mapping, backing: Backing, fault: Fault | null) {
    this.#mapping = mapping;
    this.#backing = backing;
    this.#fault = fault;
  }

  slot(which: 0 | 1): Buffer {
    const at = HEADER_BYTES + which * SLOT_BYTES;
    return (this.#slots[which] ??= this.#mapping.view(at, at + SLOT_BYTES));
  }

  /** An earlier process used that much of the slot. */
  continued(which: 0 | 1, end: number): void {
    this.#reserved[which] = wholePages(end);
  }

  /** Makes sure that the slot takes `end` bytes. Without shared memory it goes on in memory of this process only. */
  reserve(which: 0 | 1, end: number): void {
    if (end <= this.#reserved[which]) return;
    const base = HEADER_BYTES + which * SLOT_BYTES;
    const pages = wholePages(end);
    if (this.#backing.reserve(base + this.#reserved[which], base + pages)) this.#reserved[which] = pages;
    else this.#abandon();
  }

  #abandon(): void {
    const own = ([0, 1] as const).map((which) => {
      const memory = Buffer.alloc(SLOT_BYTES);
      this.slot(which).copy(memory, 0, 0, this.#reserved[which]);
      return memory;
    });
    this.#backing.abandon();
    this.#fault?.('abandoned');
    for (const which of [0, 1] as const) this.#slots[which] = own[which] ?? null;
    this.#reserved.fill(SLOT_BYTES);
  }

  /** Fills [from, to), or what was never filled of it, with the pattern. */
  pattern(which: 0 | 1, from: number, to: number): void {
    if (to > from) fillWithPattern(this.slot(which), from, to);
    this.#patterned[which] = Math.max(to, this.#patterned[which]);
  }

  /** End of the part that was ever given the pattern, or used. */
  patterned(which: 0 | 1): number {
    return this.#patterned[which];
  }
}

function wholePages(bytes: number): number {
  return Math.min(SLOT_BYTES, Math.ceil(bytes / PAGE) * PAGE);
}
