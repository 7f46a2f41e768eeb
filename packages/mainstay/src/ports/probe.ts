import type { InstanceId, ObservationStatus } from '@mainstay/protocol';
import type { Beat } from '../core/heartbeat/beat.ts';
import type { ResourcesPlan } from '../core/plan/index.ts';

/** One result of one check. */
export interface Observation {
  status: ObservationStatus;
  /** One line, no secrets. */
  message: string;
  latencyMs: number;
  /** Numbers that the kind says are `measured` are in its units; the rest is for people and programs. */
  data?: Readonly<Record<string, number | string>>;
}

/** An instance of a service of the project, as far as checks may look at it. */
export interface InstanceFacts {
  instance: InstanceId;
  /** Of the main process; null when none lives. */
  pid: number | null;
  resources: ResourcesPlan;
  /** Absolute paths of the files its output goes to now. */
  logs: readonly string[];
}

export interface ProbeContext {
  timeoutMs: number;
  /** Aborted at the deadline, with a reason named TimeoutError, or when the result is no longer wanted, with another. */
  signal: AbortSignal;
  /** Environment for programs, already expanded. */
  environment: Readonly<Record<string, string>>;
  workingDirectory: string;
  /** Words before a program's own that make it run as the service's user; none when that is the daemon's. */
  asUser: readonly string[];
  monotonicMs(): number;
  /** UTC. */
  wallMs(): number;
  /**
   * What the kind remembers from one run to the next of the same check (a counter, a position in a file): its own to change. Empty at the
   * first run of a daemon and in `mainstay check`, so a rate must not be needed for a result.
   */
  memory: Record<string, unknown>;
  /** What jobs have reported to this check; absent: nobody keeps it. */
  beat?: Beat | undefined;
  /** The instances of a service; null: there is no such service, or (in `mainstay check`) no daemon to ask. */
  service(name: string): readonly InstanceFacts[] | null;
}

/** Runs a probe of a kind; never rejects: what goes wrong is an observation. */
export interface Prober {
  probe(kind: string, target: Record<string, unknown>, context: ProbeContext): Promise<Observation>;
}
