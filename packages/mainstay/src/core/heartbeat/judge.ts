import type { Ms } from '../plan/types.ts';
import type { Beat } from './beat.ts';

/** When a job has to report. */
export interface Terms {
  /** The moment (UTC ms) at which it is due next after another one; null: never again. */
  next: (after: number) => number | null;
  grace: Ms;
  /** The longest it may run; null: as long as it likes. */
  longest: Ms | null;
}

/**
 * `new`: it has never reported, and need not have; `late`: due, and within its grace; `missing`: beyond it;
 * `overdue`: it has run for longer than it may; `failed`: it said so.
 */
export type BeatState = 'new' | 'well' | 'late' | 'missing' | 'overdue' | 'failed';

export interface Judged {
  state: BeatState;
  /** When it is, or was, due (UTC ms); null: never again. */
  due: number | null;
}

/**
 * How a job stands. A report that was to be expected while nobody observed, give or take the grace, may have been made and not heard: it gets
 * one fresh period from then on.
 * @param wall now, UTC ms
 */
export function judgeBeat(beat: Beat, { next, grace, longest }: Terms, wall: number): Judged {
  let due = next(beat.from);
  for (const gap of beat.gaps) {
    if (due !== null && gap.from <= due + grace && gap.to >= due - grace) due = next(gap.to);
  }
  return { state: stateOf(beat, due, grace, longest, wall), due };
}

function stateOf({ last, running }: Beat, due: number | null, grace: Ms, longest: Ms | null, wall: number): BeatState {
  if (last?.signal === 'fail') return 'failed';
  if (running !== null && longest !== null && wall - running.watchedFrom > longest) return 'overdue';
  if (due !== null && wall > due + grace) return 'missing';
  if (last === null) return 'new';
  return due !== null && wall > due ? 'late' : 'well';
}
