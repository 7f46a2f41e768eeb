import type { Ms } from '../plan/types.ts';

/** The kind of check that jobs report to. */
export const HEARTBEAT = 'heartbeat';

/** What a job says of itself. */
export const SIGNALS = ['start', 'success', 'fail'] as const;
export type Signal = (typeof SIGNALS)[number];

export interface Ping {
  signal: Signal;
  /** Exit code of the job; null: it did not say. */
  code: number | null;
  /** What it has to say, one line; empty: nothing. */
  message: string;
}

/** What is known of a job. Plain JSON; stored. Times are UTC ms. */
export interface Beat {
  /** A report is awaited from then on: the last good one, or the beginning. */
  from: number;
  last: { signal: 'success' | 'fail'; at: number; code: number | null; message: string; tookMs: Ms | null } | null;
  /** It has started and not ended. `watchedFrom`: later than `at` when nobody observed a part of it. */
  running: { at: number; watchedFrom: number } | null;
  /** Times since `from` in which it could not report, or nobody would have known. */
  gaps: { from: number; to: number }[];
}

/** More gaps than this between two reports are no longer told apart. */
const MAX_GAPS = 16;

/** A job of which nothing is known yet. */
export function newBeat(wall: number): Beat {
  return { from: wall, last: null, running: null, gaps: [] };
}

/** The job said something. */
export function pinged(beat: Beat, { signal, code, message }: Ping, wall: number): Beat {
  if (signal === 'start') return { ...beat, running: { at: wall, watchedFrom: wall } };
  const tookMs = beat.running === null ? null : Math.max(0, wall - beat.running.at);
  const last = { signal, at: wall, code, message, tookMs };
  if (signal === 'fail') return { ...beat, last, running: null };
  return { from: wall, last, running: null, gaps: [] };
}

/** Time that nobody observed. */
export function unobserved(beat: Beat, from: number, to: number): Beat {
  const running = beat.running === null ? null : { ...beat.running, watchedFrom: to };
  const gaps = [...beat.gaps, { from: Math.min(from, to), to }];
  if (gaps.length <= MAX_GAPS) return { ...beat, running, gaps };
  // Too many to tell whether a report was due in one of them: a fresh period.
  return { ...beat, running, from: to, gaps: [] };
}

/** It is to report in another way from now on: one fresh period. */
export function renewed(beat: Beat, wall: number): Beat {
  return { ...beat, from: wall, gaps: [] };
}

/** The wall clock was set back: what has happened keeps its distance from now. `byMs` is negative. */
export function shifted(beat: Beat, byMs: Ms): Beat {
  const { last, running } = beat;
  return {
    from: beat.from + byMs,
    last: last === null ? null : { ...last, at: last.at + byMs },
    running: running === null ? null : { at: running.at + byMs, watchedFrom: running.watchedFrom + byMs },
    gaps: beat.gaps.map(({ from, to }) => ({ from: from + byMs, to: to + byMs })),
  };
}
