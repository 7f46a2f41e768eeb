import type { Health } from '@mainstay/protocol';
import type { HealthEffect, HealthEvent, HealthMode, HealthState } from './types.ts';

export interface Moved {
  state: HealthState;
  effects: HealthEffect[];
}

type Observed = Extract<HealthEvent, { type: 'observed' }>;

/** What a person is told. */
export function healthOf(mode: HealthMode): Health {
  return mode === 'idle' || mode === 'trying' ? 'unknown' : mode;
}

const FRESH = { failures: 0, successes: 0, passes: 0, warnings: 0, firstFailureAt: null, firstGoodAt: null } as const;

/** A new incarnation: nothing that was counted in an older one holds. */
export function begin(state: HealthState, event: { incarnation: number; phase: number }, now: number): Moved {
  const { startPeriod, startInterval, interval } = state.settings;
  const next: HealthState = {
    ...state,
    ...FRESH,
    incarnation: event.incarnation,
    phase: event.phase,
    startedAt: now,
    countFrom: now + startPeriod + interval,
    everPassed: false,
    lastObservation: null,
  };
  return arm(enter(next, 'trying', 'started', now), startInterval * event.phase);
}

export function resume(state: HealthState, event: { incarnation: number; phase: number }, now: number): Moved {
  if (event.incarnation !== state.incarnation) return begin(state, event, now);
  const { startPeriod, startInterval, interval } = state.settings;
  const countFrom = Math.max(state.startedAt + startPeriod, now) + interval;
  const every = state.mode === 'trying' ? startInterval : interval;
  return arm({ state: { ...state, ...FRESH, phase: event.phase, countFrom }, effects: [] }, every * event.phase);
}

export function end(state: HealthState, _event: unknown, now: number): Moved {
  const moved = enter({ ...state, ...FRESH, incarnation: null }, 'idle', 'stopped', now);
  return { state: moved.state, effects: [{ type: 'cancel' }, ...moved.effects] };
}

/** Other settings: what is confirmed stays until they confirm something else. A probe made with the old ones is not taken. */
export function configure(state: HealthState, event: Extract<HealthEvent, { type: 'configured' }>, now: number): Moved {
  const settings = event.settings;
  const countFrom = Math.max(state.startedAt + settings.startPeriod, now) + settings.interval;
  const moved = arm(
    { state: { ...state, ...FRESH, settings, countFrom }, effects: [] },
    Math.min(settings.startInterval, settings.interval) * state.phase,
  );
  return { state: moved.state, effects: [{ type: 'cancel' }, ...moved.effects] };
}

export function observe(state: HealthState, event: Observed, now: number): Moved {
  const counted = count(state, event, now);
  const moved = confirm(counted, event, now);
  const { interval, startInterval } = state.settings;
  if (moved.state.mode === 'trying') return arm(moved, startInterval);
  // Services that became ready together would be probed together for ever.
  return arm(moved, state.mode === 'trying' ? interval * (1 + state.phase) * 0.5 : interval);
}

function count(state: HealthState, event: Observed, now: number): HealthState {
  const next = { ...state, lastObservation: { status: event.status, message: event.message, at: now } };
  switch (event.status) {
    case 'unknown':
      return next;
    case 'pass':
    case 'warn': {
      const warned = event.status === 'warn';
      return {
        ...next,
        ...FRESH,
        successes: state.successes + 1,
        firstGoodAt: state.firstGoodAt ?? now,
        passes: warned ? 0 : state.passes + 1,
        warnings: warned ? state.warnings + 1 : 0,
        everPassed: true,
        countFrom: state.everPassed ? state.countFrom : now,
      };
    }
    case 'fail': {
      const broken = { ...next, successes: 0, passes: 0, warnings: 0, firstGoodAt: null };
      if (!counts(state, now)) return broken;
      return {
        ...broken,
        failures: state.failures + 1,
        firstFailureAt: state.firstFailureAt ?? now,
        countFrom: now + state.settings.interval,
      };
    }
  }
}

/**
 * Until something is confirmed, probes come every `start_interval` so that readiness is seen soon. That must not make the
 * patience shorter: failures then count at most once per `interval`, and not before `start_period` is over. A service that never
 * passes is unhealthy after `start_period + retries × interval`, as with compose.
 */
function counts(state: HealthState, now: number): boolean {
  return state.mode !== 'trying' || now >= state.countFrom;
}

function confirm(state: HealthState, event: Observed, now: number): Moved {
  const { retries, successes } = state.settings;
  const stay: Moved = { state, effects: [] };
  if (event.status === 'unknown') return stay;
  if (event.status === 'fail') {
    if (state.failures < retries) return stay;
    if (state.mode !== 'unhealthy') {
      const moved = enter(state, 'unhealthy', event.message, now);
      return {
        state: moved.state,
        effects: [...moved.effects, { type: 'failed', reason: event.message, again: false }],
      };
    }
    if (state.failures % retries !== 0) return stay;
    return { state, effects: [{ type: 'failed', reason: event.message, again: true }] };
  }
  switch (state.mode) {
    case 'trying':
    case 'unhealthy':
      if (state.successes < successes) return stay;
      return enter(state, event.status === 'warn' ? 'degraded' : 'healthy', event.message, now);
    case 'healthy':
      return state.warnings >= retries ? enter(state, 'degraded', event.message, now) : stay;
    case 'degraded':
      return state.passes >= successes ? enter(state, 'healthy', event.message, now) : stay;
    case 'idle':
      return stay;
  }
}

function enter(state: HealthState, mode: HealthMode, reason: string, now: number): Moved {
  const before = healthOf(state.mode);
  const health = healthOf(mode);
  const rises = state.mode === 'trying' || state.mode === 'unhealthy';
  const firstAt = mode === 'unhealthy' ? state.firstFailureAt : rises ? state.firstGoodAt : null;
  return {
    state: { ...state, mode, since: now },
    effects: before === health ? [] : [{ type: 'health', health, reason, firstAt }],
  };
}

/** The next probe, under a number of its own. */
function arm(moved: Moved, afterMs: number): Moved {
  const run = moved.state.run + 1;
  return {
    state: { ...moved.state, run },
    effects: [...moved.effects, { type: 'probe', afterMs: Math.round(afterMs), run }],
  };
}
