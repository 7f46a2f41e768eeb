import type { Standing } from './history.ts';

/** As in health+json (draft-inadarei-api-health-check-06): `pass` and `warn` are status 200, `fail` is status 503. */
export type HealthStatus = 'pass' | 'warn' | 'fail';

/** How a service stands, as far as anybody may know. `starting`: it was asked for, and is not up yet. */
export type HealthWord = Standing | 'starting';

/** `GET /health`, `/health/live` and `/health/ready`, for anybody: states and nothing else. */
export interface HealthReport {
  status: HealthStatus;
  /** ISO 8601, UTC. */
  timestamp: string;
  /** Services by name, tasks left out; absent in `/health/live`. */
  services?: Record<string, HealthWord>;
  /** How many checks that belong to no service have failed; only in `/health`, and only when there are any. */
  output?: string;
}

/** `GET /health/detailed`: health+json. */
export interface DetailedHealthReport extends HealthReport {
  /** The version of mainstay. */
  releaseId: string;
  /** The project. */
  serviceId: string;
  /** What is degraded in mainstay itself, in words. */
  notes: string[];
  /** `NAME:state` for services, `NAME:result` for checks. */
  checks: Record<string, HealthDetail[]>;
}

/** One measurement in the words of health+json. */
export interface HealthDetail {
  /** An instance, or a check. */
  componentId: string;
  componentType: 'component';
  observedValue: string;
  status: HealthStatus;
  /** When it began to be so, where that is known. */
  time?: string;
  /** Why; only where it is not `pass`. */
  output?: string;
}
