import type { KeptCrash } from './crash.ts';
import type { JournalEvent } from './events.ts';
import type { ObservationStatus, Phase } from './states.ts';

/**
 * The daemon's HTTP interface over its Unix socket (`.mainstay/daemon.sock`), and over TCP where `api` is configured. Over TCP
 * GET takes a key of scope `read` and everything else one of scope `control` (`X-API-Key`, or `Authorization: Bearer`);
 * `/health`, `/health/live` and `/health/ready` take none, and `apply` and `reload`, which bring commands along, are not answered.
 *
 * | request                               | answer                                                        |
 * |---------------------------------------|---------------------------------------------------------------|
 * | GET /health                           | {@link HealthReport}: services and checks; 503 for `fail`     |
 * | GET /health/live                      | the same without services, `pass` while the daemon answers    |
 * | GET /health/ready                     | the same; 503 unless everything that is wanted is ready       |
 * | GET /health/detailed                  | {@link DetailedHealthReport}                                  |
 * | GET /status                           | {@link StatusReport}                                          |
 * | GET /api/v1/plan                      | the daemon's plan                                             |
 * | POST /api/v1/apply    {@link ApplyRequest}   | stream of {@link Progress}                             |
 * | POST /api/v1/start    {@link ServicesRequest} | stream of {@link Progress}                            |
 * | POST /api/v1/stop     {@link ServicesRequest} | stream of {@link Progress}                            |
 * | POST /api/v1/restart  {@link ServicesRequest} | stream of {@link Progress}                            |
 * | POST /api/v1/reload   {@link ReloadRequest}   | stream of {@link Progress}                            |
 * | POST /api/v1/down     {@link DownRequest}    | stream of {@link Progress}, then the daemon ends       |
 * | GET /api/v1/explain/NAME              | {@link Explanation}                                           |
 * | POST /api/v1/check    {@link CheckRequest}   | {@link CheckRun}[]: they are run now                   |
 * | POST /api/v1/repair  {@link RepairRequest}  | {@link RepairResult}[], when all is done                       |
 * | GET /api/v1/alerts                    | {@link AlertsReport}                                          |
 * | POST /api/v1/alerts/ID/ack {@link AcknowledgeRequest} | `{ acknowledged: 1 }`                         |
 * | POST /api/v1/heartbeats/NAME {@link HeartbeatRequest} | `{ written }`: a job reports; over TCP also `/ping/SECRET` |
 * | GET /api/v1/maintenance               | {@link MaintenanceWindow}[]                                   |
 * | POST /api/v1/maintenance {@link MaintenanceRequest} | the new {@link MaintenanceWindow}               |
 * | DELETE /api/v1/maintenance/ID         | `{ ended: 1 }`; ID `all` ends every window                    |
 * | GET /api/v1/events?after=N&limit=N&instance=ID&since=MS | {@link JournalEvent}[], oldest first; with `Accept: text/event-stream` the stream goes on (`id:` is `seq`, Last-Event-ID is honoured) |
 *
 * A stream is `application/x-ndjson`: one JSON object a line; the last one is a {@link ProgressDone}.
 * An error is status 4xx/5xx with {@link ErrorBody}.
 */
export interface ErrorBody {
  error: { code: string; message: string; hint: string | null };
}

export interface ServicesRequest {
  /** Names of services, or of instances (`backend/1`). Empty: all. */
  services: string[];
  /** stop: do not wait for the grace period. */
  now?: boolean;
  /** false: answer when the intent is durable, without waiting for the end state. */
  wait?: boolean;
}

export interface ApplyRequest {
  plan: unknown;
  /** false: answer when the plan is stored, without waiting for services to settle. */
  wait?: boolean;
  /** Services to want running; empty: all. Only for the first apply after a start of the daemon. */
  services?: string[];
}

export interface ReloadRequest {
  /** What the file says now; only the named services' part of it counts. */
  plan: unknown;
  /** Names of services. Empty: all that are not tasks. */
  services: string[];
  /** false: answer when the reload is on the disk, without waiting for its end. */
  wait?: boolean;
}

export interface DownRequest {
  /** Kill at once instead of stopping in order. */
  now: boolean;
}

export type Progress = ProgressStep | ProgressDone;

export interface ProgressStep {
  type: 'step';
  name: string;
  instance: number;
  state: Phase;
  message: string;
}

export interface ProgressDone {
  type: 'done';
  ok: boolean;
  /** One line for each service that is not where it should be. */
  problems: Problem[];
}

export interface Problem {
  name: string;
  instance: number;
  state: Phase;
  message: string;
  hint: string | null;
  /** What it wrote last, where that tells why. */
  last_lines?: string[];
}

export interface AlertsReport {
  open: {
    id: string;
    severity: 'critical' | 'warning' | 'info';
    /** A service or a check. */
    subject: string;
    cause: string;
    since: string;
    /** Who takes care of it; null: nobody yet. */
    acknowledged_by: string | null;
  }[];
  /** Messages that are not delivered yet, in their order. */
  waiting: { notifier: string; message: string; due: string; attempts: number; reason: string | null }[];
  /** Notifiers whose newest attempt failed for good. */
  broken: { notifier: string; since: string; reason: string }[];
}

export interface AcknowledgeRequest {
  /** Who takes care of it. */
  by: string;
}

export interface HeartbeatRequest {
  signal: 'start' | 'success' | 'fail';
  /** Exit code of the job. */
  code?: number | null;
  /** What it has to say; its last line is kept. */
  message?: string;
}

export interface MaintenanceRequest {
  services: string[];
  reason: string;
  owner: string;
  /** Milliseconds from now. */
  duration: number;
}

export interface MaintenanceWindow {
  id: string;
  services: string[];
  reason: string;
  owner: string;
  /** ISO 8601, UTC. */
  from: string;
  until: string;
  /** `operator`, or `schedule` when it comes from mainstay.yaml. */
  source: 'operator' | 'schedule';
}

export interface CheckRequest {
  /** Names of checks, and ids of instances (`web/0`) for their healthchecks. */
  checks: string[];
}

export interface RepairRequest extends CheckRequest {
  /** Names of services that are to be started if they are down and nobody stopped them. */
  services: string[];
  /** Only what would be done is said. */
  dry_run?: boolean;
}

/** What came of one check, or service, that was to be repaired. */
export interface RepairResult {
  name: string;
  /** Afterwards. */
  status: ObservationStatus;
  /** What was done, each a line. */
  did: string[];
  message: string;
}

/** One run of one check, as `mainstay check --json` prints it. */
export interface CheckRun {
  /** Of a healthcheck: its service, or its instance where there are several. */
  name: string;
  /** Of a healthcheck: whose it is. */
  service: string | null;
  kind: string;
  status: ObservationStatus;
  message: string;
  latency_ms: number;
  /** What was measured, in the units of the kind. */
  data: Readonly<Record<string, number | string>>;
  thresholds: CheckLimit[];
}

/** A limit that a result was compared with. */
export interface CheckLimit {
  level: 'warn' | 'fail';
  measure: string;
  /** The side of the limit that is bad. */
  side: 'above' | 'below';
  limit: number;
}

/** Why a check is in the state it is in. */
export interface CheckExplanation {
  kind: string;
  status: ObservationStatus;
  summary: string;
  facts: string[];
  advice: string[];
  events: JournalEvent[];
}

/** Why an instance, or a check that belongs to no service, is in the state it is in. */
export interface Explanation {
  name: string;
  /** Of a check; it has no instances. */
  check?: CheckExplanation;
  instances: {
    instance: number;
    state: Phase;
    summary: string;
    /** Facts, each a line: last exit, attempts, waiting for what, port holders … */
    facts: string[];
    /** What to try, each a command or a sentence. */
    advice: string[];
    last_lines: string[];
    events: JournalEvent[];
    /** The newest crash bundle; added by the command line, which reads it from the state directory. */
    crash?: KeptCrash | null;
  }[];
}
