import type { Objective } from '@mainstay/protocol';
import type { AlertsPlan } from './alerts.ts';
import type { ApiPlan } from './api.ts';
import type { RemedyPlan } from './remedy.ts';

/** Milliseconds. Durations in the plan are always numbers of these. */
export type Ms = number;
/** Bytes. */
export type Bytes = number;
/** Of what checks measure. A percentage is a number such as 83.5, not a fraction. */
export type Unit = 'percent' | 'bytes' | 'count' | 'seconds';

/**
 * A string in which `${NAME}` and `${NAME:-default}` may still stand. Such strings are expanded when
 * they are used, from the environment files and the daemon's environment: the plan itself, which is
 * stored and shown, never holds a secret's value. `$$` is a literal dollar sign.
 */
export type Template = string;

/** Everything the daemon needs to know of one project. Plain JSON. */
export interface Plan {
  version: 1;
  project: string;
  /** Absolute path of mainstay.yaml. */
  file: string;
  /** Absolute directory of mainstay.yaml: what relative paths are relative to. */
  directory: string;
  /** Name chosen with `--env`, or null. */
  environment: string | null;
  /** `up --observe`: everything is seen and told, nothing is started, stopped or signalled. */
  observe: boolean;
  objective: ObjectivePlan | null;
  history: HistoryPlan;
  /** In the order of the file. */
  services: ServicePlan[];
  /** What is watched and belongs to no service, in the order of the file. */
  checks: CheckPlan[];
  /** Host-wide limit on restarts nobody asked for. */
  restartBudget: { restarts: number; window: Ms };
  /** It is only said what would be done because of checks. */
  dryRun: boolean;
  /** Whether memory and CPU time of everything are measured every ten seconds, for the bundle of a crash. */
  sampling: boolean;
  maintenance: MaintenancePlan[];
  /** Null: nobody is told. */
  alerts: AlertsPlan | null;
  /** Null: nobody is answered but on the Unix socket. */
  api: ApiPlan | null;
  /** Absolute path of process_status.json. */
  processStatusFile: string;
}

export type ObjectivePlan = Objective;

/** What is kept of the past. */
export interface HistoryPlan {
  /** Of the store's file; beyond it the oldest goes first. */
  maxSize: Bytes;
}

/** A recurring maintenance window from the file. */
export interface MaintenancePlan {
  /** Cron expression, local time. */
  every: string;
  duration: Ms;
  /** Empty: everything. */
  services: string[];
  reason: string;
}

export interface ServicePlan {
  name: string;
  type: 'service' | 'task';
  /** What runs it instead of mainstay; null: mainstay does. */
  foreign: ForeignPlan | null;
  /** Argument array; never given to a shell. Empty for what something else runs. */
  command: Template[];
  /** Absolute. */
  workingDirectory: string;
  /** Absolute paths; later files win. */
  envFiles: string[];
  environment: Record<string, Template>;
  user: string | null;
  group: string | null;
  /** For example 0o022; null: inherited. */
  umask: number | null;
  /** Name as in `ulimit` words of compose (nofile, nproc, core, …) → soft and hard; -1 is unlimited. */
  ulimits: Record<string, { soft: number; hard: number }>;
  resources: ResourcesPlan;
  instances: number;
  ports: PortPlan[];
  dependsOn: DependencyPlan[];
  ready: ReadyPlan;
  healthcheck: HealthcheckPlan | null;
  /** A service that does not say WATCHDOG=1 for this long hangs. */
  watchdog: Ms | null;
  restart: RestartMode;
  restartPolicy: RestartPolicyPlan;
  /** For example `SIGTERM`. */
  stopSignal: string;
  stopGracePeriod: Ms;
  killMode: 'group' | 'mixed' | 'process';
  logging: LoggingPlan;
  watch: WatchPlan[];
  /** Cron expression of a planned restart, local time; null: none. */
  scheduledRestart: string | null;
  runbook: string | null;
  /** Whose it is, for people; null: nobody's in particular. */
  owner: string | null;
  /** What is wanted of this service apart from the objective of the whole, key by key; null: nothing. */
  objective: ObjectivePlan | null;
}

/** A service that Docker, podman or systemd runs. */
export type ForeignPlan =
  /** Name or id of a container; `socket`: the engine's, null: found by itself. */
  | { by: 'container'; name: string; socket: string | null }
  /** Name of a unit; `user`: of the systemd of mainstay's user, not of the machine's. */
  | { by: 'unit'; name: string; user: boolean };

/** What all processes of an instance together may use; null: no limit. */
export interface ResourcesPlan {
  /** Beyond it the kernel ends processes of the instance. */
  memory: Bytes | null;
  /** What it keeps when the machine is short of memory. */
  memoryReservation: Bytes | null;
  /** Processors' worth of time: 0.5 is half of one. */
  cpus: number | null;
  /** Processes and threads. */
  pids: number | null;
}

export interface PortPlan {
  /** `null` means every address. */
  host: string | null;
  /** May contain `${INSTANCE}` arithmetic only as base + index: port of instance i is `port + i × step`. */
  port: number;
  step: 0 | 1;
  protocol: 'tcp' | 'udp';
}

export interface DependencyPlan {
  service: string;
  condition: 'service_started' | 'service_healthy' | 'service_completed_successfully';
  /** Restart this service when the dependency was restarted on purpose. */
  restart: boolean;
  /** false: a dependency that gave up is waited for no longer. */
  required: boolean;
}

export type ReadyPlan =
  | { by: 'start' }
  | { by: 'notify'; timeout: Ms }
  | { by: 'log'; pattern: string; timeout: Ms }
  | { by: 'healthcheck'; timeout: Ms };

export type RestartMode = 'no' | 'on-failure' | 'always' | 'unless-stopped';

export interface RestartPolicyPlan {
  delay: Ms;
  factor: number;
  maxDelay: Ms;
  /** Fraction of the delay that is random: 0.1 is ±10 %. */
  jitter: number;
  /** Attempts allowed in `window`; then `cooldown`. */
  maxAttempts: number;
  window: Ms;
  /** Uptime after which the backoff starts again from `delay`. */
  resetAfter: Ms;
  /** After giving up, one trial per cooldown; null: never again by itself. */
  cooldown: Ms | null;
  successExitCodes: number[];
  /** Exit codes that are not retried. */
  fatalExitCodes: number[];
}

export interface HealthcheckPlan {
  /** Name of the kind: `exec`, `http`, `tcp`. */
  kind: string;
  /** What the kind's own schema made of its keys; strings in it are templates. */
  target: Record<string, unknown>;
  interval: Ms;
  timeout: Ms;
  /** Consecutive failures that confirm `fail`. */
  retries: number;
  /** Consecutive passes that confirm `pass`. */
  successes: number;
  /** Failures within this time of the start do not count, until the first pass. */
  startPeriod: Ms;
  /** Interval until the first pass. */
  startInterval: Ms;
  /** In the order of the file; the worse of two that are exceeded counts. */
  thresholds: ThresholdPlan[];
  /** `restart`: something is done about it, and people are told when that does not help. */
  onFailure: 'restart' | 'alert' | 'none';
  /** What is done; absent: what `onFailure` says. */
  remedy?: RemedyPlan;
}

/** A check of its own: its keys are those of a healthcheck, and a few more. */
export interface CheckPlan extends Omit<HealthcheckPlan, 'onFailure'> {
  name: string;
  /** Checks and services: while one of them is down, this check says nothing. */
  dependsOn: string[];
  onFailure: 'alert' | 'none';
  onWarn: 'alert' | 'none';
}

/** A limit for a number that a kind measures. */
export interface ThresholdPlan {
  level: 'warn' | 'fail';
  /** Name of the measure. */
  measure: string;
  unit: Unit;
  /** The side of the limit that is bad. */
  side: 'above' | 'below';
  limit: number;
  /** Once exceeded, it holds until the value is on the other side of this; equal to the limit: no such distance. */
  clear: number;
}

export interface LoggingPlan {
  maxSize: Bytes;
  maxFiles: number;
  maxAge: Ms;
  /** Two files, `NAME.out.log` and `NAME.err.log`, instead of `NAME.log`. */
  split: boolean;
  whenFull: 'block' | 'drop';
  /** Longer lines are cut into pieces of this size. */
  maxLine: Bytes;
}

export interface WatchPlan {
  /** Absolute file or directory. */
  path: string;
  action: 'restart';
  /** Glob patterns relative to `path`. */
  ignore: string[];
}
