import type { ObservationStatus } from '@mainstay/protocol';

/**
 * Flapping as Nagios defines it (its documentation, "Detection and Handling of State Flapping"): of the 20 changes that the last 21
 * results allow, each that happened counts 0.75 (the oldest) to 1.25 (the newest) of 5 %. It starts at 20 % and ends at 5 %.
 */
export const WINDOW = 21;
const START = 0.2;
const STOP = 0.05;
const LIGHTEST = 0.75;
const HEAVIEST = 1.25;

const LETTERS = { pass: 'p', warn: 'w', fail: 'f' } as const;

/** The results so far with one more, a letter each, the newest last. `unknown` is no result. */
export function remember(history: string, status: ObservationStatus): string {
  return status === 'unknown' ? history : `${history}${LETTERS[status]}`.slice(-WINDOW);
}

/** Weighted share of changes among the results, from 0 to 1. Results that are not there yet count as no change. */
export function changeRate(history: string): number {
  const slots = WINDOW - 1;
  let sum = 0;
  for (let back = 0; back < history.length - 1; back += 1) {
    const at = history.length - 1 - back;
    if (history[at] === history[at - 1]) continue;
    sum += HEAVIEST - (back * (HEAVIEST - LIGHTEST)) / (slots - 1);
  }
  return sum / slots;
}

/** Whether it flaps now, given whether it did before. */
export function flaps(history: string, before: boolean): boolean {
  const rate = changeRate(history);
  return before ? rate > STOP : rate >= START;
}
