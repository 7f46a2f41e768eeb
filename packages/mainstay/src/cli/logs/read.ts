import fs from 'node:fs';
import type { LogLine, OpenFile } from './source.ts';
import { lineOf } from './source.ts';

const BLOCK_BYTES = 256 * 1024;
const NEWLINE = 10;

/** A line and where it ends in its file. */
export interface PlacedLine {
  line: LogLine;
  end: number;
}

/** The whole lines of a file between two offsets, forwards. An unterminated last line is not given. */
export function* linesForward(file: OpenFile, from: number, to: number): Generator<PlacedLine> {
  let rest = Buffer.alloc(0);
  for (let at = from; at < to;) {
    const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, to - at));
    const bytes = fs.readSync(file.fd, block, 0, block.length, at);
    if (bytes === 0) return;
    const data = rest.length === 0 ? block.subarray(0, bytes) : Buffer.concat([rest, block.subarray(0, bytes)]);
    const begin = at - rest.length;
    let start = 0;
    for (let newline = data.indexOf(NEWLINE); newline >= 0; newline = data.indexOf(NEWLINE, start)) {
      const text = data.toString('utf8', start, newline);
      const line = lineOf(file, file.marks.at(begin + start), text);
      start = newline + 1;
      yield { line, end: begin + start };
    }
    rest = data.subarray(start);
    at += bytes;
  }
}

/** The whole lines of a file before `to`, backwards from its end: the first costs one block, however large the file. */
export function* linesBackward(file: OpenFile, to: number): Generator<LogLine> {
  let rest = Buffer.alloc(0);
  let whole = false;
  for (let at = to; at > 0;) {
    const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, at));
    at -= block.length;
    fs.readSync(file.fd, block, 0, block.length, at);
    const data = rest.length === 0 ? block : Buffer.concat([block, rest]);
    let end = data.length;
    if (!whole) {
      end = data.lastIndexOf(NEWLINE) + 1;
      if (end === 0) {
        rest = data;
        continue;
      }
      whole = true;
    }
    while (end > 0) {
      const start = end < 2 ? 0 : data.lastIndexOf(NEWLINE, end - 2) + 1;
      if (start === 0 && at > 0) break;
      yield lineOf(file, file.marks.at(at + start), data.toString('utf8', start, end - 1));
      end = start;
    }
    rest = data.subarray(0, end);
  }
}

/** Size now, and where its last whole line ends. */
export function wholeEnd(file: OpenFile): number {
  let at = fs.fstatSync(file.fd).size;
  while (at > 0) {
    const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, at));
    at -= block.length;
    fs.readSync(file.fd, block, 0, block.length, at);
    const newline = block.lastIndexOf(NEWLINE);
    if (newline >= 0) return at + newline + 1;
  }
  return 0;
}
