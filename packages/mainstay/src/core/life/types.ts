import type { Exit, Identity, OutOfMemory, Phase } from '@mainstay/protocol';
import type { SpawnFailure } from '../world/index.ts';
import type { Now } from '../world/index.ts';
import type { ServicePlan } from '../plan/index.ts';
import type { RestartState, RestartTable } from '../restart/index.ts';

/** What follows once the tree is empty. */
export type After =
  | { do: 'stop' }
  | { do: 'start'; reason: string }
  /** It failed: the restart policy decides. `killed`: mainstay ended it because it hung. */
  | {
      do: 'account';
      exit: Exit | null;
      killed: boolean;
      uptime: number;
      reason: string;
      /** mainstay ended it because it used too much memory: its exit is told so. */
      outOfMemory?: OutOfMemory;
    };

export type TimerPurpose = 'ready-timeout' | 'grace' | 'kill' | 'backoff' | 'cooldown';

/** Everything that is known of one instance. Plain JSON: it is stored as it is. */
export interface Life {
  phase: Phase;
  /** Number of the newest incarnation; 0: none yet. */
  incarnation: number;
  identity: Identity | null;
  /** When the phase began. */
  since: Now;
  reason: string | null;
  /** When the newest incarnation was spawned. */
  startedAt: Now | null;
  /** Monotonic ms; null until ready. */
  readyAt: number | null;
  /** READY came before the pid was reported. */
  readyEarly: boolean;
  after: After | null;
  restart: RestartState;
  /** The start that is waited for was asked for by nobody: it needs a place in the restart budget. */
  unasked: boolean;
  lastExit: (Exit & { at: number }) | null;
  adopted: boolean;
  /**
   * Something else had it running before mainstay looked after it: it is left running when mainstay goes. Absent or null: it has
   * not run yet since it was last stopped.
   */
  found?: boolean | null;
  timer: { seq: number; purpose: TimerPurpose; due: number } | null;
  /** Number of the newest timer; an older one that rings is rejected. */
  seq: number;
}

export type LifeEvent =
  | { type: 'start'; reason: string }
  | { type: 'stop'; now: boolean; reason: string }
  | { type: 'restart'; reason: string }
  /** Dependencies, budget and maintenance allow the start that is waited for. */
  | { type: 'permitted' }
  /** They do not, for this reason. */
  | { type: 'held'; reason: string }
  | { type: 'spawned'; incarnation: number; identity: Identity }
  | { type: 'spawn-failed'; incarnation: number; failure: SpawnFailure }
  | { type: 'exited'; incarnation: number; exit: Exit; remaining: number }
  | { type: 'emptied'; incarnation: number }
  | { type: 'became-ready'; incarnation: number; how: string }
  /** A missed watchdog, a confirmed failure of its healthcheck, or too much memory. */
  | { type: 'hung'; incarnation: number; reason: string; outOfMemory?: OutOfMemory }
  /** Something else has started it. `startedAt`: UTC ms. */
  | { type: 'appeared'; identity: Identity; startedAt: number }
  /** It is no longer looked after, and left as it is. */
  | { type: 'release'; reason: string }
  | { type: 'timer'; seq: number };

export interface LifeContext {
  service: ServicePlan;
  now: Now;
  /** Uniform in [0, 1), for the jitter of a backoff. */
  random: number;
  /** Why nothing may be restarted at the moment (maintenance), or null. */
  suspended: string | null;
  restartTable: RestartTable;
}

export type LifeEffect =
  | { type: 'spawn'; incarnation: number }
  | { type: 'signal'; incarnation: number; signal: string; scope: 'leader' | 'tree' }
  | { type: 'kill'; incarnation: number }
  | { type: 'arm'; seq: number; purpose: TimerPurpose; afterMs: number }
  | { type: 'disarm'; seq: number }
  | { type: 'phase'; from: Phase; to: Phase; reason: string | null }
  /** It failed: what other tools are told of (process_status.json). */
  | { type: 'failed'; exit: Exit | null; reason: string }
  | { type: 'gave-up'; attempts: number; afterMs: number | null }
  | { type: 'unkillable' }
  /** The incarnation is over and its tree empty. */
  | { type: 'over'; incarnation: number }
  | { type: 'rejected'; event: LifeEvent['type']; reason: string }
  | { type: 'impossible'; event: LifeEvent['type']; reason: string };
