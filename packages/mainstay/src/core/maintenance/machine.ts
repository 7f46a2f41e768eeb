import { advance, impossible, type Step, type Table } from '../machine/index.ts';

/** One window. Times are UTC ms: people set them by the wall clock. */
export interface Window {
  id: string;
  /** Empty: everything. */
  services: readonly string[];
  reason: string;
  owner: string;
  from: number;
  until: number;
  source: 'operator' | 'schedule';
}

export type WindowName = 'open' | 'over';

export interface WindowState {
  name: WindowName;
  window: Window;
}

export type WindowEvent =
  /** Time passed, or the clock was set. */
  | { type: 'tick' }
  /** Somebody ends it before its time. */
  | { type: 'end' }
  /** The wall clock was set by this much: an operator's window keeps its length. */
  | { type: 'shift'; byMs: number };

export type WindowEffect = { type: 'check'; afterMs: number } | { type: 'ended'; window: Window; early: boolean };

/** The longest time between two looks at the wall clock, so that a clock that was set is noticed. */
const LOOK_AGAIN_MS = 60_000;

type Stepped = Step<WindowState, WindowEffect>;

function look(state: WindowState, wall: number): Stepped {
  const left = state.window.until - wall;
  if (left <= 0) return over(state, false);
  return { state, effects: [{ type: 'check', afterMs: Math.min(left, LOOK_AGAIN_MS) }] };
}

function over(state: WindowState, early: boolean): Stepped {
  return { state: { ...state, name: 'over' }, effects: [{ type: 'ended', window: state.window, early }] };
}

export type WindowTable = Table<WindowName, WindowState, WindowEvent, { wall: number }, WindowEffect>;

export const windowTable: WindowTable = {
  open: {
    tick: (state, _event, { wall }) => look(state, wall),
    end: (state) => over(state, true),
    shift: ({ name, window }, { byMs }, { wall }) =>
      look({ name, window: { ...window, from: window.from + byMs, until: window.until + byMs } }, wall),
  },
  over: {
    tick: impossible('what has ended is forgotten'),
    end: impossible('what has ended is forgotten'),
    shift: impossible('what has ended is forgotten'),
  },
};

/** One step of a window; `wall` is UTC ms. */
export function stepWindow(
  state: WindowState,
  event: WindowEvent,
  wall: number,
  table: WindowTable = windowTable,
): Stepped {
  return advance(table, state, event, { wall });
}

/** The open window that covers `service`, or null. */
export function covering(windows: Iterable<WindowState>, service: string): Window | null {
  for (const { name, window } of windows) {
    if (name === 'open' && (window.services.length === 0 || window.services.includes(service))) return window;
  }
  return null;
}
