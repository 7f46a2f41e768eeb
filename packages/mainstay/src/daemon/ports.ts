import type { Exit, InstanceId, MachineFacts } from '@mainstay/protocol';
import type { ServicePlan } from '../core/plan/index.ts';
import type { Clock, LogHost, Messenger, Prober, ProcessHost, Random, RemedyHost, Store } from '../ports/index.ts';

/** Takes readable lines; never blocks, never throws. */
export interface LineSink {
  write(line: string): void;
}

/** A failure as process_status.json tells it. */
export interface Failure {
  process: string;
  instance: InstanceId;
  incarnation: number;
  exit: Exit | null;
  reason: string;
  /** UTC ms. */
  at: number;
}

export interface ServiceEnvironment {
  values: Readonly<Record<string, string>>;
  lookup: (name: string) => string | undefined;
  /** Words before a command that make it run as the service's user. */
  asUser: readonly string[];
}

/** Cron arithmetic: the moment after `fromWall` (UTC ms) at which `expression` (local time) is due next, or null. */
export type NextDue = (expression: string, fromWall: number) => number | null;

/** Follows files of services under development; calls back once per burst of changes. */
export interface SourceWatcher {
  watch(service: ServicePlan, changed: (paths: string[]) => void): void;
  close(): void;
}

/** What probes need of the world, in the daemon and in `mainstay check`. */
export interface ProbePorts {
  clock: Clock;
  prober: Prober;
  /** The environment of an instance, for its probes, and how references in its targets are looked up. Never throws. */
  environment(service: ServicePlan, index: number): ServiceEnvironment;
  /** The same for checks that belong to no service. */
  projectEnvironment(user?: string | null): ServiceEnvironment;
}

/** The world, as the daemon needs it. Real ones come from `host`, others from tests. */
export interface DaemonPorts extends ProbePorts {
  random: Random;
  processes: ProcessHost;
  logs: LogHost;
  store: Store;
  /** The user a service runs as, who must be able to open its log pipes; null: the daemon's own. Never throws. */
  owner(service: ServicePlan): { uid: number; gid: number } | null;
  /** mainstay.log */
  daemonLog: LineSink;
  /** events.log */
  eventsLog: LineSink;
  /** checks.log */
  checksLog: LineSink;
  /** Rewrites process_status.json. */
  failed(failure: Failure, file: string): void;
  /** Keeps crash bundles; never waits, never throws. */
  crashes: { write(bundle: { service: string; at: number; text: string }): void };
  /** The machine at this moment. */
  machine(): MachineFacts;
  /** Absolute directory of the logs of services. */
  logDirectory: string;
  bootId: string;
  /** What people call this machine. */
  hostName: string;
  nextDue: NextDue;
  /** A moment (UTC ms) in local time: 0 is Sunday; minutes after midnight. */
  localTime(wall: number): { day: number; minute: number };
  messenger: Messenger;
  remedies: RemedyHost;
}
