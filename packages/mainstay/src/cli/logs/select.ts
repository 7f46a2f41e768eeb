import { closeFile, openFiles } from './source.ts';
import type { LogLine, OpenFile, Source } from './source.ts';
import { linesBackward, linesForward, wholeEnd } from './read.ts';

/** Which lines are wanted. */
export interface Selection {
  /** At most so many, the newest; null: all. */
  lines: number | null;
  /** UTC ms. */
  since: number | null;
  wanted(line: LogLine): boolean;
}

/** Where to read on: the newest file of a source, and what was read of it. */
export interface Position {
  file: OpenFile;
  at: number;
}

interface Timed {
  line: LogLine;
  time: number;
}

/**
 * The wanted lines that there are now, of all sources in the order of their times, and for each source where they end.
 * The newest files stay open in `positions`.
 */
export function* selectLines(
  sources: readonly Source[],
  selection: Selection,
  positions: Position[],
): Generator<LogLine> {
  const streams: Iterator<Timed>[] = [];
  const older: OpenFile[] = [];
  for (const source of sources) {
    const files = openFiles(source);
    const ends = files.map((file) => ({ file, at: wholeEnd(file) }));
    const newest = ends.at(-1);
    if (newest === undefined) continue;
    positions.push(newest);
    older.push(...files.slice(0, -1));
    streams.push(selection.lines === null ? forwards(ends, selection) : backwards(ends, selection, selection.lines));
  }
  try {
    const merged = merge(streams);
    if (selection.lines === null) yield* merged;
    else yield* [...merged].slice(-selection.lines || Infinity);
  } finally {
    for (const file of older) closeFile(file);
  }
}

function* forwards(ends: readonly Position[], { since, wanted }: Selection): Generator<Timed> {
  let time = 0;
  for (const { file, at } of ends) {
    const unmarked = since !== null && !file.marks.present;
    if (unmarked && file.modified < since) continue;
    const from = since === null || unmarked ? 0 : file.marks.since(since, at);
    for (const { line } of linesForward(file, from, at)) {
      time = line.time ?? time;
      if (wanted(line)) yield { line, time };
    }
  }
}

function* backwards(ends: readonly Position[], { since, wanted }: Selection, count: number): Generator<Timed> {
  const found: Timed[] = [];
  let time = Infinity;
  search: for (const { file, at } of ends.toReversed()) {
    time = Math.min(time, file.modified);
    if (since !== null && !file.marks.present && file.modified < since) break;
    for (const line of linesBackward(file, at)) {
      if (found.length >= count) break search;
      time = line.time ?? time;
      if (since !== null && time < since) break search;
      if (wanted(line)) found.push({ line, time });
    }
  }
  yield* found.reverse();
}

/** Merges streams that are each in order, by time; of equal times the earlier stream first. */
function* merge(streams: readonly Iterator<Timed>[]): Generator<LogLine> {
  const heads = streams.map((stream) => stream.next());
  for (;;) {
    let first = -1;
    let earliest = Infinity;
    heads.forEach((head, index) => {
      if (head.done === true || (first >= 0 && head.value.time >= earliest)) return;
      first = index;
      earliest = head.value.time;
    });
    const head = heads[first];
    const stream = streams[first];
    if (head === undefined || stream === undefined || head.done === true) return;
    yield head.value.line;
    heads[first] = stream.next();
  }
}
