/**
 * The side index of a log file: who wrote which bytes, and when. Each mark is 32 bytes, little-endian:
 *
 *     0  f64  offset of the first byte in the log file
 *     8  f64  UTC ms at which the bytes were read from the program
 *    16  u32  length in bytes
 *    20  u32  incarnation
 *    24  u16  instance number
 *    26  u8   stream: 0 stdout, 1 stderr
 *    27  u8   flags
 *    28  u32  check word over the 28 bytes before it
 *
 * The first record is the header: its offset is the inode of the log file that it describes, its time the time at
 * which that file was begun. A record whose check word is wrong is skipped: a lost mark is never a lost line.
 */

export const MARK_BYTES = 32;
const CHECKED_BYTES = 28;
const HEADER_LENGTH = 0xffffffff;

/** What is special about the bytes of a mark. */
export const MARK = {
  /** The program ended without ending its last line. */
  partial: 1,
  /** The line was longer than the longest allowed and goes on in the next. */
  cut: 2,
  /** Written by mainstay, not by the program. */
  note: 4,
} as const;

export interface Mark {
  offset: number;
  length: number;
  /** UTC ms. */
  time: number;
  incarnation: number;
  instance: number;
  stream: 'out' | 'err';
  flags: number;
}

/** Writes a mark at `at` of `to`. */
export function encodeMark(mark: Mark, to: DataView, at: number): void {
  to.setFloat64(at, mark.offset, true);
  to.setFloat64(at + 8, mark.time, true);
  to.setUint32(at + 16, mark.length, true);
  to.setUint32(at + 20, mark.incarnation, true);
  to.setUint16(at + 24, mark.instance, true);
  to.setUint8(at + 26, mark.stream === 'err' ? 1 : 0);
  to.setUint8(at + 27, mark.flags);
  to.setUint32(at + CHECKED_BYTES, checkWord(to, at), true);
}

/** The mark at `at`; null when the record is torn, damaged or the header. */
export function decodeMark(from: DataView, at: number): Mark | null {
  const length = from.getUint32(at + 16, true);
  if (length === HEADER_LENGTH || !intact(from, at)) return null;
  return {
    offset: from.getFloat64(at, true),
    time: from.getFloat64(at + 8, true),
    length,
    incarnation: from.getUint32(at + 20, true),
    instance: from.getUint16(at + 24, true),
    stream: from.getUint8(at + 26) === 1 ? 'err' : 'out',
    flags: from.getUint8(at + 27),
  };
}

/** The first record of an index. */
export function encodeHeader(inode: number, begun: number): Uint8Array {
  const record = new Uint8Array(MARK_BYTES);
  const to = new DataView(record.buffer);
  to.setFloat64(0, inode, true);
  to.setFloat64(8, begun, true);
  to.setUint32(16, HEADER_LENGTH, true);
  to.setUint32(CHECKED_BYTES, checkWord(to, 0), true);
  return record;
}

/** Which log file (inode) an index describes and when that was begun; null when its first record is not a header. */
export function decodeHeader(from: DataView): { inode: number; begun: number } | null {
  if (from.byteLength < MARK_BYTES || from.getUint32(16, true) !== HEADER_LENGTH || !intact(from, 0)) return null;
  return { inode: from.getFloat64(0, true), begun: from.getFloat64(8, true) };
}

/** Time within which the marks of one writer become one. */
const RESOLUTION_MS = 10;

/** Extends `last` by `next` when both are by the same writer, touch, and are close in time. True when it did. */
export function extendMark(last: Mark, next: Mark): boolean {
  if (
    last.stream !== next.stream ||
    last.instance !== next.instance ||
    last.incarnation !== next.incarnation ||
    last.flags !== 0 ||
    next.flags !== 0 ||
    last.offset + last.length !== next.offset ||
    next.time - last.time > RESOLUTION_MS ||
    next.time < last.time ||
    last.length + next.length >= HEADER_LENGTH
  ) {
    return false;
  }
  last.length += next.length;
  return true;
}

function intact(from: DataView, at: number): boolean {
  return from.getUint32(at + CHECKED_BYTES, true) === checkWord(from, at);
}

/** FNV-1a over 32-bit words; never 0, so that a hole in the file is not a mark. */
function checkWord(from: DataView, at: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < CHECKED_BYTES; i += 4) hash = Math.imul(hash ^ from.getUint32(at + i, true), 0x01000193);
  hash ^= hash >>> 15;
  return hash >>> 0 || 1;
}
