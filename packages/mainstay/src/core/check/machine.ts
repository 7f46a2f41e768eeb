import type { ObservationStatus } from '@mainstay/protocol';
import { advance, ignore, type Step, type Table } from '../machine/index.ts';
import type { Now } from '../world/index.ts';
import { flaps, remember } from './flapping.ts';
import type { CheckContext, CheckEffect, CheckEvent, CheckName, CheckSettings, CheckState } from './types.ts';

type Stepped = Step<CheckState, CheckEffect>;
type Of<T extends CheckEvent['type']> = Extract<CheckEvent, { type: T }>;

const UNCOUNTED = {
  failures: 0,
  troubles: 0,
  passes: 0,
  goods: 0,
  unknowns: 0,
  firstTroubleAt: null,
  firstGoodAt: null,
} as const;

/** The state of a check that was never run. */
export function initialCheck(now: Now): CheckState {
  return {
    name: 'idle',
    since: now,
    reason: 'not run yet',
    run: 0,
    phase: 0,
    fresh: true,
    beganAt: now.mono,
    everPassed: false,
    ...UNCOUNTED,
    history: '',
    flapping: false,
  };
}

/** What a person is told. */
export function statusOf(name: CheckName): ObservationStatus {
  return name === 'idle' || name === 'pending' ? 'unknown' : name;
}

const afresh = (state: CheckState, { phase }: { phase: number }, { now }: CheckContext): CheckState => ({
  ...state,
  ...UNCOUNTED,
  phase,
  fresh: true,
  beganAt: now.mono,
  everPassed: false,
});

/** The first run comes soon; those after it at the check's place within the interval. */
function arm(state: CheckState, effects: CheckEffect[], afterMs: number): Stepped {
  const run = state.run + 1;
  return { state: { ...state, run }, effects: [...effects, { type: 'run', afterMs: Math.ceil(afterMs), run }] };
}

const soon = ({ phase }: CheckState, { interval, startInterval }: CheckSettings): number =>
  Math.min(interval, startInterval) * phase;

function begin(state: CheckState, event: Of<'begin'>, context: CheckContext): Stepped {
  const next = {
    ...afresh(state, event, context),
    name: 'pending' as const,
    since: context.now,
    reason: 'no result yet',
  };
  return arm(next, [], soon(next, context.settings));
}

function hold(state: CheckState, { reason }: Of<'hold'>, { now }: CheckContext): Stepped {
  const since = state.name === 'idle' ? state.since : now;
  const next: CheckState = { ...state, ...UNCOUNTED, name: 'idle', since, reason };
  const moved: CheckEffect = { type: 'state', from: state.name, to: 'idle', reason, firstAt: null, firstGoodAt: null };
  return { state: next, effects: state.name === 'idle' ? [] : [{ type: 'cancel' }, moved] };
}

function gap(state: CheckState, event: Of<'gap'>, context: CheckContext): Stepped {
  const next = afresh(state, event, context);
  return arm(next, [{ type: 'cancel' }], soon(next, context.settings));
}

function changed(state: CheckState, event: Of<'changed'>, context: CheckContext): Stepped {
  return gap({ ...state, history: '', flapping: false }, { type: 'gap', phase: event.phase }, context);
}

function observed(state: CheckState, event: Of<'observed'>, context: CheckContext): Stepped {
  if (event.run !== state.run) return { state, effects: [] };
  const counted = count(state, event.status, context);
  const name = confirmed(counted, event.status, context.settings);
  const effects: CheckEffect[] = [];
  let next: CheckState = counted;
  if (name !== state.name) {
    const { firstTroubleAt: firstAt, firstGoodAt } = counted;
    next = { ...counted, name, since: context.now, reason: event.message };
    effects.push({ type: 'state', from: state.name, to: name, reason: event.message, firstAt, firstGoodAt });
  }
  const history = remember(state.history, event.status);
  const flapping = flaps(history, state.flapping);
  if (flapping !== state.flapping) effects.push({ type: 'flapping', on: flapping });
  return arm({ ...next, history, flapping, fresh: false }, effects, untilNext(state, counted, context));
}

function count(state: CheckState, status: ObservationStatus, { settings, now }: CheckContext): CheckState {
  const { failures, troubles, passes, goods, unknowns } = state;
  if (status === 'unknown') return { ...state, unknowns: unknowns + 1 };
  const isGrace = !state.everPassed && now.mono - state.beganAt < settings.startPeriod;
  if (status === 'fail' && isGrace) return { ...state, ...UNCOUNTED };
  const firstTroubleAt = status === 'pass' ? null : (state.firstTroubleAt ?? now);
  const firstGoodAt = status === 'fail' ? null : (state.firstGoodAt ?? now);
  const known = { ...state, unknowns: 0, firstTroubleAt, firstGoodAt };
  if (status === 'fail') return { ...known, failures: failures + 1, troubles: troubles + 1, passes: 0, goods: 0 };
  const good = { ...known, everPassed: true, failures: 0, goods: goods + 1 };
  if (status === 'warn') return { ...good, troubles: troubles + 1, passes: 0 };
  return { ...good, troubles: 0, passes: passes + 1 };
}

/** What is confirmed after a result that was counted. */
function confirmed(counted: CheckState, status: ObservationStatus, { retries, successes }: CheckSettings): CheckName {
  const { name, failures, troubles, passes, goods, unknowns } = counted;
  switch (status) {
    case 'unknown':
      return unknowns >= retries ? 'unknown' : name;
    case 'fail':
      return failures >= retries ? 'fail' : name;
    case 'warn':
      if (name === 'pass') return troubles >= retries ? 'warn' : name;
      return goods >= successes ? 'warn' : name;
    case 'pass':
      if (name === 'warn' || name === 'pass') return passes >= successes ? 'pass' : name;
      return goods >= successes ? 'pass' : name;
  }
}

/** Nothing that is taken up again later may come in the same moment. */
const LEAST_PAUSE_MS = 1;

/**
 * Until the next run: at the check's place within the interval, so that neither the time a run takes nor the moment it began moves it.
 * A run that outlasts its interval leaves the next one out: runs never overlap.
 */
function untilNext(before: CheckState, { everPassed, beganAt }: CheckState, { settings, now }: CheckContext): number {
  const { interval, startPeriod, startInterval } = settings;
  if (!everPassed && now.mono - beganAt < startPeriod) return Math.min(interval, startInterval);
  const earliest = now.mono + (before.fresh ? interval / 2 : LEAST_PAUSE_MS);
  const offset = interval * before.phase;
  return offset + Math.ceil((earliest - offset) / interval) * interval - now.mono;
}

export type CheckTable = Table<CheckName, CheckState, CheckEvent, CheckContext, CheckEffect>;

const RUNNING: CheckTable['pending'] = { begin: ignore('it runs already'), hold, observed, gap, changed };

/** Every state × every event. */
export const checkTable: CheckTable = {
  idle: {
    begin,
    hold,
    observed: ignore('it is no longer wanted'),
    gap: ignore('it is not run'),
    changed: ignore('nothing is counted'),
  },
  pending: RUNNING,
  pass: RUNNING,
  warn: RUNNING,
  fail: RUNNING,
  unknown: RUNNING,
};

/** One step of a check. */
export function stepCheck(
  state: CheckState,
  event: CheckEvent,
  context: CheckContext,
  table: CheckTable = checkTable,
): Stepped {
  return advance(table, state, event, context);
}
