import { LATE_MS, advance, ignore, type Step, type Table } from '../machine/index.ts';

export type WatchdogName = 'off' | 'armed';

export interface WatchdogState {
  name: WatchdogName;
  /** Monotonic ms of the last sign of life (or of arming). */
  last: number;
  /** Monotonic ms at which the timer should ring. */
  due: number;
}

export type WatchdogEvent =
  /** The instance became ready, was adopted, or time was not observed: a fresh period begins. */
  | { type: 'arm' }
  | { type: 'ping' }
  /** The timer that `check` asked for. */
  | { type: 'due' }
  | { type: 'disarm' };

export interface WatchdogContext {
  period: number;
  /** Monotonic ms. */
  now: number;
}

export type WatchdogEffect =
  | { type: 'check'; afterMs: number }
  | { type: 'cancel' }
  | { type: 'missed'; silentMs: number };

export const WATCHDOG_OFF: WatchdogState = { name: 'off', last: 0, due: 0 };

type Stepped = Step<WatchdogState, WatchdogEffect>;

const arm = (_state: WatchdogState, _event: unknown, { now, period }: WatchdogContext): Stepped => ({
  state: { name: 'armed', last: now, due: now + period },
  effects: [{ type: 'check', afterMs: period }],
});

function due(state: WatchdogState, event: unknown, context: WatchdogContext): Stepped {
  const { now, period } = context;
  if (now - state.due > LATE_MS) return arm(state, event, context);
  const silent = now - state.last;
  if (silent < period) {
    return { state: { ...state, due: state.last + period }, effects: [{ type: 'check', afterMs: period - silent }] };
  }
  return { state: WATCHDOG_OFF, effects: [{ type: 'missed', silentMs: silent }] };
}

export type WatchdogTable = Table<WatchdogName, WatchdogState, WatchdogEvent, WatchdogContext, WatchdogEffect>;

export const watchdogTable: WatchdogTable = {
  off: {
    arm,
    ping: ignore('a sign of life before the watch begins'),
    due: ignore('the watch ended before its timer'),
    disarm: ignore('not armed'),
  },
  armed: {
    arm,
    // A ping moves no timer: the one that is armed looks at `last` when it is due.
    ping: (state, _event, { now }) => ({ state: { ...state, last: now }, effects: [] }),
    due,
    disarm: () => ({ state: WATCHDOG_OFF, effects: [{ type: 'cancel' }] }),
  },
};

/** The daemon stood still for `ms`: nobody heard whether it was silent in that time. */
export function forgiveSilence(state: WatchdogState, ms: number, now: number): WatchdogState {
  return state.name === 'off' ? state : { ...state, last: Math.min(now, state.last + ms) };
}

/** One step of the watchdog. */
export function stepWatchdog(
  state: WatchdogState,
  event: WatchdogEvent,
  context: WatchdogContext,
  table: WatchdogTable = watchdogTable,
): Stepped {
  return advance(table, state, event, context);
}
