/** The bytes of a stream's mapping: header, landing place, two slots. `slots.ts` says how they are used. */

/** Bytes of one slot: virtual, only touched pages cost memory. A line can be at most one byte shorter. */
export const SLOT_BYTES = 2 << 20;
export const HEADER_BYTES = 4096;
/** Place of the one byte that the event loop reads when a pipe becomes readable; the rest is read directly into the slot. */
export const LANDING_AT = 2048;
/** What LANDING holds while nothing was read into it: a byte that never occurs in UTF-8. */
export const LANDING_EMPTY = 0xc1;
export const MAPPING_BYTES = HEADER_BYTES + 2 * SLOT_BYTES;
export const FIRST_WINDOW = 4096;
export const NEWLINE = 10;

/** "MSL2" */
export const MAGIC = 0x4d534c32;
/** Places of the 32-bit words of the header. */
export const WORD = {
  magic: 0,
  /** Bit 0: active slot; the bits named below; the rest: length of the batch, 0 for none. */
  control: 1,
  fill: 2,
  window: 4,
  pending: 6,
  discard: 7,
  dropped: 8,
  incarnation: 9,
  matched: 10,
  split: 11,
  labelBytes: 12,
  discardKeep: 13,
  discardRest: 14,
  discardEnd: 15,
  droppedThen: 20,
  /** Where what is being stored behind `fill` will end; 0: nothing is. */
  end: 21,
  /** Which read the pipe's access time tells of. */
  armed: 22,
  /** Of each slot: behind these bytes lines were dropped. */
  keep: 24,
} as const;
/** Values of ARMED. */
export const ARMED_LANDING = 1;
export const ARMED_DIRECT = 2;
/** So many bytes of data are never all the pattern's by chance. */
export const SURE_BYTES = 16;
/** Steps of a discard. */
export const MOVING = 1;
export const CLEARING = 2;
/** 64-bit numbers, at bytes 64 and 72. */
export const INODE = 8;
export const OFFSET = 9;
export const LABEL_AT = 128;
export const LABEL_MOST = 1024;
/** Bits of CONTROL: the batch has inode and offset; it is followed by a newline of ours; DROPPED is told of. */
export const HAS_PLACE = 2;
export const OWN_NEWLINE = 4;
export const DROPS_TOLD = 8;
export const LENGTH_SHIFT = 4;

const PERIOD = 4096;
/** The pattern, many times: it depends only on the position modulo its period. */
const PATTERN = Buffer.alloc(16 * PERIOD, makePattern());

/** Bytes that never occur in UTF-8, in an order without short repetitions. */
function makePattern(): Buffer {
  const never = [0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8, 0xf7, 0xf6, 0xf5, 0xc0, 0xc1];
  const pattern = Buffer.allocUnsafe(PERIOD);
  let state = 1;
  for (let i = 0; i < PERIOD; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    pattern[i] = never[(state >>> 8) % never.length] ?? 0xff;
  }
  return pattern;
}

/** Fills [from, to) with the pattern. */
export function fillWithPattern(memory: Buffer, from: number, to: number): void {
  for (let at = from; at < to;) {
    const phase = at % PERIOD;
    at += PATTERN.copy(memory, at, phase, Math.min(PATTERN.length, phase + to - at));
  }
}

/** The moments at which a test may end the process. `slots.ts` says what is done after each. */
export const FAULT_POINTS = [
  'landing-read',
  'landing-begun',
  'landing-copied',
  'landing-taken',
  'landing-cleared',
  'direct-begun',
  'direct-read',
  'direct-taken',
  'seal-copied',
  'seal-prepared',
  'sealed',
  'sealed-newline',
  'assigned',
  'written',
  'finished',
  'ended',
  'discard-begun',
  'discard-moved',
  'discard-clearing',
  'abandoned',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];
/** Called by name at every one of them. */
export type Fault = (point: FaultPoint) => void;

/** Where a batch goes: file identity and position. */
export interface Place {
  inode: number;
  offset: number;
  split: boolean;
}

/** What a mapping says of its owner. */
export interface SlotsLabel {
  instance: string;
  service: string;
  stream: 'out' | 'err' | 'notify';
}

/** What a mapping says of its owner; null when nothing was ever stored in it, or not by this version. */
export function readLabel(memory: Buffer): SlotsLabel | null {
  if (memory.readInt32LE(0) !== MAGIC) return null;
  const bytes = memory.readInt32LE(WORD.labelBytes * 4);
  try {
    return JSON.parse(memory.toString('utf8', LABEL_AT, LABEL_AT + bytes)) as SlotsLabel;
  } catch {
    return null;
  }
}

/** Position behind the last byte in [from, to) that is not the pattern's. */
export function endOfData(slot: Buffer, from: number, to: number): number {
  let end = to;
  while (end > from && slot[end - 1] === PATTERN[(end - 1) % PERIOD]) end--;
  return end;
}
