/** How a service or a check stood over time: what the report is made of. */

/**
 * `up`; `degraded`: it works, not as it should; `down`; `unknown`: nobody could tell; `maintenance`: not meant to be judged
 * (a maintenance window, stopped by you, or a start that you asked for).
 */
export const STANDINGS = ['up', 'degraded', 'down', 'unknown', 'maintenance'] as const;
export type Standing = (typeof STANDINGS)[number];

/** `service:web` or `check:disk`. */
export type Subject = `${'service' | 'check'}:${string}`;

/**
 * A time in which a subject stood in one way. Those of one subject never overlap, and come in order; time between two of
 * them was not observed. Times are UTC, milliseconds since the epoch.
 */
export interface StandingInterval {
  subject: Subject;
  state: Standing;
  from: number;
  /** null: it still stands so, as far as is known. */
  to: number | null;
  /** When it was known: later than `from` where that is the first of several results in a row that were needed. */
  known_at: number;
  /** Why, in words. */
  cause: string;
  /** Of one that ends an outage: an operator had asked for something meanwhile. */
  by_operator: boolean;
}

/** Restarts of a service that nobody asked for, on one day (UTC; days since the epoch). */
export interface RestartCount {
  subject: Subject;
  day: number;
  count: number;
}

/** A line of `GET /api/v1/history` (`application/x-ndjson`); the last one is `done`. */
export type HistoryLine =
  /** First. `observed`: the last moment that was (UTC ms); null: nobody can say. */
  | { type: 'history'; project: string | null; observed: number | null }
  | ({ type: 'interval' } & StandingInterval)
  | ({ type: 'restarts' } & RestartCount)
  | { type: 'done' };
