import type { Standing } from '@mainstay/protocol';
import { outagesOf, type Outage } from './outages.ts';
import type { Period, Span } from './spans.ts';

/** Of a number of times, ms. */
export interface Spread {
  count: number;
  mean: number;
  /** Of an even number the mean of the two in the middle. */
  median: number;
  /** The smallest that is not exceeded by at least 95 % of them (nearest rank). */
  p95: number;
}

export interface Budget {
  /** Share of time that is wanted up. */
  objective: number;
  /** ms of being down that the objective allows in the time that was judged. */
  allowed: number;
  used: number;
}

/** What a report says of a subject, or of several together. Times are ms. */
export interface Figures {
  /** Time that was watched, or should have been. */
  watched: number;
  time: Record<Standing, number>;
  /** (up + degraded) ÷ (up + degraded + down); null: neither was ever observed. */
  uptime: number | null;
  /** 1 − unknown ÷ watched, which is what was observed of it; null: nothing was watched. */
  coverage: number | null;
  /** Outages that began in the period. */
  failures: number;
  /** Known − first failure. */
  detection: Spread | null;
  /** Up again − first failure, of the outages that were seen from beginning to end. */
  repair: Spread | null;
  /** The same, of those in which no operator asked for anything, and of the others. */
  automatic: Spread | null;
  manual: Spread | null;
  /** (up + degraded) ÷ failures; null: none observed. */
  betweenFailures: number | null;
  budget: Budget | null;
  restarts: number;
  /** Per day that was observed; null: nothing was. */
  restartsPerDay: number | null;
}

const DAY = 86_400_000;

/** Arithmetic over the spans of several subjects (or one), with the restarts of all of them together. */
export function figuresOf(
  subjects: readonly (readonly Span[])[],
  period: Period,
  restarts: number,
  objective: number | null,
): Figures {
  const time: Record<Standing, number> = { up: 0, degraded: 0, down: 0, unknown: 0, maintenance: 0 };
  for (const span of subjects.flat()) time[span.state] += within(span, period);
  const good = time.up + time.degraded;
  const judged = good + time.down;
  const watched = judged + time.unknown + time.maintenance;
  const observed = watched - time.unknown;
  const begun = subjects.flatMap(outagesOf).filter(({ from }) => from >= period.since && from < period.until);
  const repaired = begun.filter(({ isMeasured }) => isMeasured);
  return {
    watched,
    time,
    uptime: judged === 0 ? null : good / judged,
    coverage: watched === 0 ? null : observed / watched,
    failures: begun.length,
    detection: spreadOf(begun.filter(({ isBeginSeen }) => isBeginSeen).map(({ from, knownAt }) => knownAt - from)),
    repair: spreadOf(repaired.map(lengthOf)),
    automatic: spreadOf(repaired.filter(({ byOperator }) => !byOperator).map(lengthOf)),
    manual: spreadOf(repaired.filter(({ byOperator }) => byOperator).map(lengthOf)),
    betweenFailures: begun.length === 0 ? null : good / begun.length,
    budget: objective === null ? null : { objective, allowed: (1 - objective) * judged, used: time.down },
    restarts,
    restartsPerDay: observed === 0 ? null : (restarts * DAY) / observed,
  };
}

/** ms of a span that lie in the period. */
function within({ from, to }: Span, { since, until }: Period): number {
  return Math.max(0, Math.min(to, until) - Math.max(from, since));
}

const lengthOf = ({ from, to }: Outage): number => (to ?? from) - from;

/** Null of no times at all. */
export function spreadOf(times: readonly number[]): Spread | null {
  const sorted = [...times].sort((a, b) => a - b);
  const count = sorted.length;
  if (count === 0) return null;
  const at = (index: number): number => sorted[index] ?? 0;
  return {
    count,
    mean: sorted.reduce((sum, one) => sum + one, 0) / count,
    median: (at(Math.floor((count - 1) / 2)) + at(Math.floor(count / 2))) / 2,
    p95: at(Math.ceil(0.95 * count) - 1),
  };
}
