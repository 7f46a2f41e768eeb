import type { ObservationStatus } from '@mainstay/protocol';

/** One result of one check. */
export interface Observation {
  status: ObservationStatus;
  /** One line, no secrets. */
  message: string;
  latencyMs: number;
  data?: Readonly<Record<string, number | string>>;
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
}

/** Runs a probe of a kind; never rejects: what goes wrong is an observation. */
export interface Prober {
  probe(kind: string, target: Record<string, unknown>, context: ProbeContext): Promise<Observation>;
}
