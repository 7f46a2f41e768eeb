/** Life of an instance, in the order in which a person usually meets the phases. */
export const PHASES = [
  'stopped',
  'waiting',
  'starting',
  'running',
  'ready',
  'stopping',
  'backoff',
  'cooldown',
  'fatal',
  'unkillable',
  'completed',
] as const;
export type Phase = (typeof PHASES)[number];

/** Health of a service, from its confirmed checks; a fact separate from its phase. */
export const HEALTHS = ['healthy', 'degraded', 'unhealthy', 'unknown'] as const;
export type Health = (typeof HEALTHS)[number];

/** One result of one check. `unknown` never restarts anything. */
export const OBSERVATIONS = ['pass', 'warn', 'fail', 'unknown'] as const;
export type ObservationStatus = (typeof OBSERVATIONS)[number];

/** What went wrong, as far as recovery times differ by it. `dependency`: something that it needs did. */
export const FAILURE_KINDS = ['crash', 'hang', 'memory', 'dependency', 'check'] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

/** What the operator wants of a service. Durable, and never mixed with what is observed. */
export type Desired = 'running' | 'stopped';

/** Phases in which a process of the instance may be alive. */
export const LIVE_PHASES: ReadonlySet<Phase> = new Set(['starting', 'running', 'ready', 'stopping', 'unkillable']);
