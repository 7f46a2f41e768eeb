import { begin, configure, end, observe, resume } from './transitions.ts';
import type { Moved } from './transitions.ts';
import type { HealthEvent, HealthMode, HealthSettings, HealthState, HealthStep } from './types.ts';

type EventOf<T extends HealthEvent['type']> = Extract<HealthEvent, { type: T }>;

/** What one event does in one mode. */
export type Cell<T extends HealthEvent['type']> =
  | { kind: 'go'; to: readonly HealthMode[]; run: (state: HealthState, event: EventOf<T>, now: number) => Moved }
  | { kind: 'ignore'; reason: string }
  | { kind: 'impossible'; reason: string; run: (state: HealthState, event: EventOf<T>, now: number) => Moved };

export type HealthTable = { readonly [M in HealthMode]: { readonly [T in HealthEvent['type']]: Cell<T> } };

const BEGIN: Cell<'started'> = { kind: 'go', to: ['trying'], run: begin };
/** Handled as if the end had been told. */
const OVERLAP: Cell<'started'> = {
  kind: 'impossible',
  reason: 'an incarnation starts while another one is watched',
  run: begin,
};
const END: Cell<'stopped'> = { kind: 'go', to: ['idle'], run: end };

/** A mode in which an incarnation is watched: `to` is where an observation can lead. */
function watching(mode: HealthMode, to: readonly HealthMode[]): HealthTable[HealthMode] {
  return {
    started: OVERLAP,
    resumed: { kind: 'go', to: [mode, 'trying'], run: resume },
    observed: { kind: 'go', to: [mode, ...to], run: observe },
    stopped: END,
    configured: { kind: 'go', to: [mode], run: configure },
  };
}

/** Every mode × every event. */
export const HEALTH_TABLE: HealthTable = {
  idle: {
    started: BEGIN,
    resumed: { kind: 'go', to: ['trying'], run: begin },
    observed: { kind: 'ignore', reason: 'the incarnation it was started in is over' },
    stopped: { kind: 'ignore', reason: 'nothing is watched' },
    configured: {
      kind: 'go',
      to: ['idle'],
      run: (state, event) => ({ state: { ...state, settings: event.settings }, effects: [] }),
    },
  },
  trying: watching('trying', ['healthy', 'degraded', 'unhealthy']),
  healthy: watching('healthy', ['degraded', 'unhealthy']),
  degraded: watching('degraded', ['healthy', 'unhealthy']),
  unhealthy: watching('unhealthy', ['healthy', 'degraded']),
};

/** The state before anything has started. */
export function initialHealth(settings: HealthSettings, now: number): HealthState {
  return {
    mode: 'idle',
    settings,
    incarnation: null,
    run: 0,
    phase: 0,
    startedAt: now,
    since: now,
    failures: 0,
    successes: 0,
    passes: 0,
    warnings: 0,
    firstFailureAt: null,
    firstGoodAt: null,
    countFrom: now,
    everPassed: false,
    lastObservation: null,
  };
}

/**
 * One event. The result's effects are to be carried out in order.
 *
 * @param now monotonic milliseconds
 */
export function step(
  state: HealthState,
  event: HealthEvent,
  now: number,
  table: HealthTable = HEALTH_TABLE,
): HealthStep {
  const cell = table[state.mode][event.type] as Cell<HealthEvent['type']>;
  if (cell.kind === 'ignore') return { state, effects: [], note: { kind: 'ignored', reason: cell.reason } };
  const stale = staleness(state, event);
  if (stale !== null) return { state, effects: [], note: { kind: 'ignored', reason: stale } };
  const moved = cell.run(state, event, now);
  return { ...moved, note: cell.kind === 'impossible' ? { kind: 'impossible', reason: cell.reason } : null };
}

/** Why an observation is not taken, or null. The one place where old results are turned away. */
function staleness(state: HealthState, event: HealthEvent): string | null {
  if (event.type !== 'observed') return null;
  if (event.incarnation !== state.incarnation) return 'the incarnation it was started in is over';
  if (event.run !== state.run) return 'a newer probe has replaced it';
  return null;
}
