/** How a service or a check stood over time: what the report is made of. */
import type { FailureKind, ObservationStatus } from './states.ts';

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

/**
 * Results of a check, or of the healthcheck of a service, in a part of the time: several lines of one subject add up. The
 * rest is of those that passed or warned. Times are µs.
 */
export interface ResultCounts extends Record<ObservationStatus, number> {
  subject: Subject;
  sum: number;
  /** 0 where none passed or warned. */
  min: number;
  max: number;
  /** Number of a bucket, how many were in it; and so on. Bucket n ends at 1.1^n µs. */
  buckets: number[];
}

/** What an incident that is over meant for one of those that were involved. Times are UTC ms. */
export interface IncidentOutcome {
  incident: number;
  subject: Subject;
  /** null: an older version did not write it down. */
  failure: FailureKind | null;
  /** It broke first. */
  is_cause: boolean;
  /** Its first failed observation; the first good one. */
  from: number;
  to: number;
  /** When the incident was detected. */
  detected_at: number;
  /** Who put it right. */
  by: 'mainstay' | 'operator' | 'itself' | null;
  /** It did not recover: nobody wants it any more. */
  is_off: boolean;
}

/** An objective, as mainstay.yaml has it. Shares are between 0 and 1, times ms. */
export interface Objective {
  uptime: number | null;
  mttr: number | null;
  mtbf: number | null;
  rpo: number | null;
  automatic: number | null;
  rto: Partial<Record<FailureKind, number>>;
}

/** A line of `GET /api/v1/history` (`application/x-ndjson`); the last one is `done`. */
export type HistoryLine =
  /** First. `observed`: the last moment that was (UTC ms); null: nobody can say. */
  | {
      type: 'history';
      project: string | null;
      observed: number | null;
      /** Of the whole, and by service where it has one of its own. */
      objective: Objective | null;
      objectives: Record<string, Objective>;
    }
  | ({ type: 'interval' } & StandingInterval)
  | ({ type: 'restarts' } & RestartCount)
  | ({ type: 'incident' } & IncidentOutcome)
  | ({ type: 'results' } & ResultCounts)
  | { type: 'done' };
