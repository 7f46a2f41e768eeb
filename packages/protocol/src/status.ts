import type { Exit } from './ids.ts';
import type { Desired, Health, ObservationStatus, Phase } from './states.ts';

/** What `mainstay status --json` prints and `GET /status` answers. Times are ISO 8601, UTC. */
export interface StatusReport {
  project: string;
  daemon: DaemonStatus;
  services: InstanceStatus[];
  checks: CheckStatus[];
  incidents: IncidentSummary[];
}

export interface DaemonStatus {
  pid: number;
  version: string;
  started_at: string;
  /** What is degraded at the moment, in words; empty when all is well. */
  degraded: string[];
}

export interface InstanceStatus {
  name: string;
  instance: number;
  type: 'service' | 'task';
  state: Phase;
  health: Health;
  desired: Desired;
  pid: number | null;
  /** Restarts that nobody asked for, since the instance was last started on purpose. */
  restarts: number;
  started_at: string | null;
  /** Why it is in this state, in words. */
  reason: string | null;
  /** When the next attempt is made (backoff, cooldown); null when none is due. */
  next_attempt_at: string | null;
  flags: InstanceFlag[];
  last_exit: (Exit & { at: string }) | null;
}

/**
 * `reloading`: a rolling reload of its service is under way, or waits for its turn. `unseen`: what runs it does not answer, so the
 * state is what was last seen. `observed`: mainstay looks on and touches nothing.
 */
export type InstanceFlag = 'adopted' | 'maintenance' | 'reloading' | 'unseen' | 'observed';

export interface CheckStatus {
  name: string;
  service: string | null;
  kind: string;
  status: ObservationStatus;
  since: string;
  message: string;
  /** It is not run, or its result does not count, because what it depends on is down; the message says what. */
  suppressed: boolean;
  /** Its result changes again and again. */
  flapping: boolean;
}

/** An incident that is not closed. */
export interface IncidentSummary {
  id: number;
  severity: 'warning' | 'critical';
  /** The service that broke first; null when it is a check. */
  service: string | null;
  cause: string;
  title: string;
  opened_at: string;
  /** Null while something of it is still bad. */
  recovered_at: string | null;
}
