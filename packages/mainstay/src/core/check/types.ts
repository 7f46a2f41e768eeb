import type { ObservationStatus } from '@mainstay/protocol';
import type { CheckPlan, Ms } from '../plan/index.ts';
import type { Now } from '../world/index.ts';

/** The part of a check's plan that decides. */
export type CheckSettings = Pick<CheckPlan, 'interval' | 'retries' | 'successes' | 'startPeriod' | 'startInterval'>;

/** `idle`: it is not run. `pending`: it runs, and nothing is confirmed yet. The rest is confirmed. */
export const CHECK_NAMES = ['idle', 'pending', 'pass', 'warn', 'fail', 'unknown'] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** Plain JSON: stored as it is. */
export interface CheckState {
  name: CheckName;
  since: Now;
  /** Why it is in this state: what confirmed it, or what keeps it from being run. */
  reason: string;
  /** Number of the run that is due or going on; results of any other are not taken. Only grows. */
  run: number;
  /** In [0, 1): its place within the interval, so that checks are spread. */
  phase: number;
  /** No result yet since counting began (anew). */
  fresh: boolean;
  /** When counting began (anew), monotonic ms; the start period is counted from it. */
  beganAt: Ms;
  /** Something good was seen since: the grace of the start period is over. */
  everPassed: boolean;
  /** Results in a row: `fail`; `fail` or `warn`; `pass`; `pass` or `warn`. An `unknown` between them is skipped. */
  failures: number;
  troubles: number;
  passes: number;
  goods: number;
  /** `unknown` results in a row. */
  unknowns: number;
  /** Of the present row that is not good; what an outage is dated back to. */
  firstTroubleAt: Now | null;
  /** Of the present row of `pass` and `warn`; what a recovery is dated back to. */
  firstGoodAt: Now | null;
  /** The newest results, for flapping. */
  history: string;
  flapping: boolean;
}

export type CheckEvent =
  /** Nothing keeps it from being run (any more). `phase`: see {@link CheckState}. */
  | { type: 'begin'; phase: number }
  /** It would say nothing: what it depends on is down, or everything is. */
  | { type: 'hold'; reason: string }
  | { type: 'observed'; run: number; status: ObservationStatus; message: string }
  /** Time that nobody observed: what is confirmed stays, counting begins anew. */
  | { type: 'gap'; phase: number }
  /** Its plan is another one. */
  | { type: 'changed'; phase: number };

/** The types of {@link CheckEvent}, for tables. */
export const CHECK_EVENTS = [
  'begin',
  'hold',
  'observed',
  'gap',
  'changed',
] as const satisfies readonly CheckEvent['type'][];

export type CheckEffect =
  /** Run it `afterMs` from now, and answer with `observed` carrying this `run`. At most one is ever wanted: it replaces the last. */
  | { type: 'run'; afterMs: Ms; run: number }
  /** The run that is due or going on is no longer wanted. */
  | { type: 'cancel' }
  /**
   * Something else is confirmed. `firstAt`: when the row of results that are not good began; `firstGoodAt`: when the one of
   * `pass` and `warn` did.
   */
  | { type: 'state'; from: CheckName; to: CheckName; reason: string; firstAt: Now | null; firstGoodAt: Now | null }
  | { type: 'flapping'; on: boolean };

export interface CheckContext {
  settings: CheckSettings;
  now: Now;
}
