import { backoffDelay } from '@mainstay/sdk/policy';
import { advance, impossible, type Step, type Table } from '../machine/index.ts';
import type { RestartPolicyPlan } from '../plan/index.ts';

/**
 * `closed`: nothing failed lately. `counting`: failures within the window, restarted with backoff.
 * `open`: gave up. `trial`: one half-open attempt after a cooldown.
 */
export type RestartName = 'closed' | 'counting' | 'open' | 'trial';

export interface RestartState {
  name: RestartName;
  /** Monotonic ms of the restarts in the window, oldest first. */
  attempts: number[];
  /** Failures since the last stable uptime: the exponent of the backoff. */
  streak: number;
  /** Restarts nobody asked for since the last start on purpose. */
  restarts: number;
}

export type RestartEvent =
  /** The instance failed. `uptime` is how long it had been ready, in ms; 0 if it never was. */
  | { type: 'failed'; uptime: number }
  /** The cooldown is over. */
  | { type: 'cooled' }
  /** Started, stopped or restarted on purpose: everything is forgotten. */
  | { type: 'reset' };

export interface RestartContext {
  policy: RestartPolicyPlan;
  /** Monotonic ms. */
  now: number;
  /** Uniform in [0, 1). */
  random: number;
}

export type RestartEffect =
  | { type: 'retry'; afterMs: number; attempt: number }
  /** `afterMs` null: never again by itself. */
  | { type: 'give-up'; afterMs: number | null; attempts: number };

export const INITIAL_RESTART: RestartState = { name: 'closed', attempts: [], streak: 0, restarts: 0 };

type Stepped = Step<RestartState, RestartEffect>;

function failed(state: RestartState, event: { uptime: number }, context: RestartContext): Stepped {
  const { policy, now, random } = context;
  const stable = event.uptime >= policy.resetAfter;
  const streak = stable ? 1 : state.streak + 1;
  const attempts = (stable ? [] : state.attempts).filter((at) => now - at < policy.window);
  if (attempts.length >= policy.maxAttempts) return giveUp({ ...state, attempts, streak }, context);
  return {
    state: { name: 'counting', attempts: [...attempts, now], streak, restarts: state.restarts + 1 },
    effects: [{ type: 'retry', afterMs: backoffDelay(policy, streak, random), attempt: attempts.length + 1 }],
  };
}

function trialFailed(state: RestartState, event: { uptime: number }, context: RestartContext): Stepped {
  if (event.uptime >= context.policy.resetAfter) return failed({ ...state, attempts: [], streak: 0 }, event, context);
  return giveUp(state, context);
}

function giveUp(state: RestartState, context: RestartContext): Stepped {
  return {
    state: { ...state, name: 'open' },
    effects: [{ type: 'give-up', afterMs: context.policy.cooldown, attempts: state.attempts.length }],
  };
}

const reset = (): Stepped => ({ state: INITIAL_RESTART, effects: [] });

export type RestartTable = Table<RestartName, RestartState, RestartEvent, RestartContext, RestartEffect>;

export const restartTable: RestartTable = {
  closed: { failed, cooled: impossible('only what gave up cools down'), reset },
  counting: { failed, cooled: impossible('only what gave up cools down'), reset },
  open: {
    failed: impossible('nothing runs after giving up'),
    cooled: (state) => ({ state: { ...state, name: 'trial', restarts: state.restarts + 1 }, effects: [] }),
    reset,
  },
  trial: { failed: trialFailed, cooled: impossible('one trial at a time'), reset },
};

/** One step of the restart policy. What is ignored or impossible leaves the state as it is. */
export function stepRestart(
  state: RestartState,
  event: RestartEvent,
  context: RestartContext,
  table: RestartTable = restartTable,
): Stepped {
  return advance(table, state, event, context);
}
