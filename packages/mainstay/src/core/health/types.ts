import type { Health, ObservationStatus } from '@mainstay/protocol';
import type { HealthcheckPlan, Ms } from '../plan/index.ts';

/** The part of a healthcheck's plan that decides; the kind and its target are the driver's. */
export type HealthSettings = Pick<
  HealthcheckPlan,
  'interval' | 'retries' | 'successes' | 'startPeriod' | 'startInterval'
>;

/** `idle`: no incarnation to watch. `trying`: nothing confirmed yet. The rest is confirmed. */
export const HEALTH_MODES = ['idle', 'trying', 'healthy', 'degraded', 'unhealthy'] as const;
export type HealthMode = (typeof HEALTH_MODES)[number];

/** Plain JSON. Times are monotonic milliseconds. */
export interface HealthState {
  mode: HealthMode;
  settings: HealthSettings;
  incarnation: number | null;
  /** Number of the probe that is armed or running; results of any other are not taken. Only grows. */
  run: number;
  /** In [0, 1): keeps the probes of services that were started together apart. */
  phase: number;
  startedAt: Ms;
  /** When `mode` was entered. */
  since: Ms;
  /** Consecutive failures that count. */
  failures: number;
  /** Consecutive observations that are `pass` or `warn`. */
  successes: number;
  /** Consecutive `pass`. */
  passes: number;
  /** Consecutive `warn`. */
  warnings: number;
  /** Of the present row of failures that count; what an outage is dated back to. */
  firstFailureAt: Ms | null;
  /** Of the present row of observations that are `pass` or `warn`; what a recovery is dated back to. */
  firstGoodAt: Ms | null;
  /** While `trying`: when the next failure may count. */
  countFrom: Ms;
  /** A `pass` or `warn` was seen in this incarnation: the grace of `start_period` is over. */
  everPassed: boolean;
  lastObservation: { status: ObservationStatus; message: string; at: Ms } | null;
}

export type HealthEvent =
  /** A new incarnation runs. `phase`: see {@link HealthState}. */
  | { type: 'started'; incarnation: number; phase: number }
  /** Watching goes on after a time without it (another daemon, a sleeping host): what was confirmed stays, counting starts afresh. */
  | { type: 'resumed'; incarnation: number; phase: number }
  /** The result of probe `run`, with the incarnation it was started in. */
  | { type: 'observed'; incarnation: number; run: number; status: ObservationStatus; message: string }
  /** The incarnation is being stopped, or is over. */
  | { type: 'stopped' }
  /** The healthcheck of the plan has changed (its target perhaps too). */
  | { type: 'configured'; settings: HealthSettings };

/** The types of {@link HealthEvent}, for tables. */
export const HEALTH_EVENTS = [
  'started',
  'resumed',
  'observed',
  'stopped',
  'configured',
] as const satisfies readonly HealthEvent['type'][];

export type HealthEffect =
  /** Run the probe `afterMs` from now, and answer with `observed` carrying this `run`. At most one is ever wanted: this one replaces the last. */
  | { type: 'probe'; afterMs: Ms; run: number }
  /** The probe that is armed or running is no longer wanted. */
  | { type: 'cancel' }
  /**
   * The health is another one than before. `firstAt`: of the first failures or good ones in a row that
   * confirm it; null: it is dated back to nothing.
   */
  | { type: 'health'; health: Health; reason: string; firstAt: Ms | null }
  /**
   * The failure is confirmed: `on_failure` is due. Comes again (`again: true`) after each further `retries` failures, for
   * the case that nothing could be done the first time.
   */
  | { type: 'failed'; reason: string; again: boolean };

export interface HealthStep {
  state: HealthState;
  effects: HealthEffect[];
  /** Set when the event was not taken as a transition. `impossible` is for the journal: it should not happen. */
  note: { kind: 'ignored' | 'impossible'; reason: string } | null;
}
