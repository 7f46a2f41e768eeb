import type { ServicePlan } from '../plan/index.ts';

/**
 * `queued`: another one goes first, or it is not on the disk yet. `forward`: instances go over to the new
 * plan. `back`: they return to the old one. `keeping`: all run the new plan, and it is being written down.
 * `over`: it has ended, and is forgotten.
 */
export type RollName = 'queued' | 'forward' | 'back' | 'keeping' | 'over';

/** One rolling reload of one service. Plain JSON: it is stored as it is. */
export interface Roll {
  name: RollName;
  /** Its number; grows with each one asked for. */
  seq: number;
  /** Number shared by those that were asked for together: when one fails, those behind it are not begun. */
  batch: number;
  service: string;
  /** Why, in words. */
  reason: string;
  from: ServicePlan;
  to: ServicePlan;
  /** Both plans are the same: a rolling restart, with nothing to go back to. */
  same: boolean;
  /** It is on the disk: another daemon would go on with it. */
  stored: boolean;
  /** Indices that are still to go over. */
  left: number[];
  /** Indices that run the new plan, or may. */
  changed: number[];
  /** The one that is being replaced. `since`: its newest incarnation before that. */
  current: { index: number; since: number } | null;
  /** Monotonic ms at which what is waited for has taken too long. */
  due: number;
  /** Monotonic ms since which nothing was missed: what proved itself before that was not seen. */
  watchedFrom: number;
  /** Why it goes back. */
  failure: string | null;
  /** Indices that did not stand under the old plan either. */
  fallen: number[];
}

/** One instance, as far as it matters here. */
export interface Sight {
  index: number;
  /** Its newest incarnation. */
  incarnation: number;
  /** It is ready, and not unhealthy. */
  up: boolean;
  /** A process of it lives, which may do its work although nobody has seen it yet: an adopted one, one that is starting. */
  lives: boolean;
  /** How long it may take from being asked to stop until it stands again under the other plan, in ms. */
  patience: number;
}

export interface RollContext {
  /** Monotonic ms. */
  now: number;
  /** Every instance of the service. */
  sights: readonly Sight[];
}

export type RollEvent =
  /** It is on the disk, and no other one is before it. */
  | { type: 'begin' }
  /** Something changed while none is being replaced: perhaps the next one may go. */
  | { type: 'look' }
  /** The one that is being replaced stands. */
  | { type: 'stood' }
  /** It does not, or one that stood has fallen since and does not come back. */
  | { type: 'fell'; index: number; reason: string }
  /** Nobody saw whether it stands: it is to begin once more. */
  | { type: 'again' }
  /** Somebody wants something else of the service. */
  | { type: 'cancel'; reason: string }
  /** The new plan is written down. */
  | { type: 'kept' }
  /** Time that nobody observed, or another daemon: what is waited for gets a fresh period. */
  | { type: 'resume' };

/** How one ended. `stopped`: an instance did not stand, and there is nothing to go back to. */
export type RollOutcome = 'done' | 'rolled-back' | 'stopped' | 'cancelled';

export type RollEffect =
  | { type: 'began' }
  /** The instance is to run the plan from its next incarnation on, which is to begin now. */
  | { type: 'replace'; index: number; plan: 'from' | 'to' }
  | { type: 'stands'; index: number; plan: 'from' | 'to' }
  | { type: 'fallen'; index: number; reason: string }
  /** The new plan is the service's; it is to be written down. */
  | { type: 'keep' }
  | { type: 'ended'; outcome: RollOutcome; reason: string | null };
