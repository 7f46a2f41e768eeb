/** Sample states and events of the life table, and what a cell makes of them, as one readable line. */
import type { Exit } from '@mainstay/protocol';
import {
  newLife,
  stepLife,
  type Life,
  type LifeContext,
  type LifeEvent,
  type LifeTable,
} from '../../../src/core/life/index.ts';
import type { ServicePlan } from '../../../src/core/plan/index.ts';
import { restartTable } from '../../../src/core/restart/index.ts';
import { servicePlan } from '../../../src/sim/plan.ts';

export const NOW = { mono: 1_000_000, wall: 1_767_225_600_000 };
const IDENTITY = { bootId: 'boot', pid: 42, startTime: '7' };
const EXIT = (code: number): Exit => ({ code, signal: null, known: true });

/** Ready by its log, so that `running` and `ready` differ; tried again after half a second. */
const SERVICE = servicePlan('s', {
  ready: { by: 'log', pattern: 'up', timeout: 5_000 },
  restartPolicy: { ...servicePlan('s').restartPolicy, jitter: 0 },
});

export function contextOf(service: Partial<ServicePlan> = {}, suspended: string | null = null): LifeContext {
  return { service: { ...SERVICE, ...service }, now: NOW, random: 0.5, suspended, restartTable };
}

const base: Life = { ...newLife({ mono: 0, wall: 0 }), incarnation: 3, seq: 5 };
const alive = { identity: IDENTITY, startedAt: { mono: 1, wall: 1 } };
const timer = (purpose: NonNullable<Life['timer']>['purpose']): Partial<Life> => ({
  timer: { seq: 5, purpose, due: NOW.mono },
});

export const STATES: Record<string, Life> = {
  stopped: base,
  waiting: { ...base, phase: 'waiting', reason: 'starting' },
  starting: { ...base, phase: 'starting' },
  running: { ...base, ...alive, ...timer('ready-timeout'), phase: 'running' },
  'running, adopted': { ...base, ...alive, ...timer('ready-timeout'), phase: 'running', adopted: true },
  ready: { ...base, ...alive, phase: 'ready', readyAt: NOW.mono - 1_000 },
  'stopping, grace': { ...base, ...alive, ...timer('grace'), phase: 'stopping', after: { do: 'stop' } },
  'stopping, kill': { ...base, ...alive, ...timer('kill'), phase: 'stopping', after: { do: 'stop' } },
  'stopping, to start': {
    ...base,
    ...alive,
    ...timer('grace'),
    phase: 'stopping',
    after: { do: 'start', reason: 'asked' },
  },
  'stopping, hung': {
    ...base,
    ...alive,
    ...timer('grace'),
    phase: 'stopping',
    after: { do: 'account', exit: null, killed: true, uptime: 0, reason: 'hung' },
  },
  'stopping, no pid yet': { ...base, ...timer('grace'), phase: 'stopping', after: { do: 'stop' } },
  backoff: { ...base, ...timer('backoff'), phase: 'backoff' },
  cooldown: { ...base, ...timer('cooldown'), phase: 'cooldown', restart: { ...base.restart, name: 'open' } },
  fatal: { ...base, phase: 'fatal' },
  unkillable: { ...base, ...alive, phase: 'unkillable', after: { do: 'stop' } },
  completed: { ...base, phase: 'completed' },
};

const about = { incarnation: 3 };
export const EVENTS: Record<string, LifeEvent> = {
  start: { type: 'start', reason: 'asked' },
  stop: { type: 'stop', now: false, reason: 'asked' },
  'stop now': { type: 'stop', now: true, reason: 'asked' },
  restart: { type: 'restart', reason: 'asked' },
  permitted: { type: 'permitted' },
  held: { type: 'held', reason: 'waiting for db' },
  spawned: { type: 'spawned', ...about, identity: IDENTITY },
  'spawn-failed': { type: 'spawn-failed', ...about, failure: { reason: 'other', message: 'no', hint: null } },
  'exited 0': { type: 'exited', ...about, exit: EXIT(0), remaining: 0 },
  'exited 1, 2 left': { type: 'exited', ...about, exit: EXIT(1), remaining: 2 },
  emptied: { type: 'emptied', ...about },
  'became-ready': { type: 'became-ready', ...about, how: 'its log' },
  hung: { type: 'hung', ...about, reason: 'silent' },
  appeared: {
    type: 'appeared',
    identity: { bootId: 'boot', pid: 43, startTime: '', foreign: 'life-2' },
    startedAt: NOW.wall - 1_000,
  },
  release: { type: 'release', reason: 'let go' },
  timer: { type: 'timer', seq: 5 },
};

/** `next phase: effects`, `same: effects`, or why nothing is done. */
export function outcome(state: Life, event: LifeEvent, context: LifeContext, table?: LifeTable): string {
  const step = stepLife(state, event, context, table);
  const refused = step.effects.find((one) => one.type === 'impossible' || one.type === 'rejected');
  const said = step.effects
    .filter((one) => one !== refused && one.type !== 'phase' && one.type !== 'disarm')
    .map((one) =>
      one.type === 'arm' ? `arm ${one.purpose}` : one.type === 'signal' ? `${one.signal} to ${one.scope}` : one.type,
    );
  if (refused !== undefined) return [refused.type, ...said].join(', ');
  if (step.state === state && step.effects.length === 0) return '-';
  const { phase, after, unasked } = step.state;
  const moved = phase === state.phase ? 'same' : phase;
  const then = after === null || JSON.stringify(after) === JSON.stringify(state.after) ? '' : ` then ${after.do}`;
  const owed = unasked && !state.unasked ? ' (unasked)' : '';
  const effects = said.length === 0 ? '' : `: ${said.join(', ')}`;
  // Another phase, or another reason for it, is told.
  const other = phase !== state.phase || step.state.reason !== state.reason;
  const untold = other && !step.effects.some((one) => one.type === 'phase') ? ' (untold)' : '';
  return `${moved}${then}${owed}${effects}${untold}`;
}

/** Every cell's outcome, as lines `state | event | outcome`. */
export function allCells(table?: LifeTable): string[] {
  return Object.entries(STATES).flatMap(([name, state]) =>
    Object.entries(EVENTS).map(([label, event]) => `${name} | ${label} | ${outcome(state, event, contextOf(), table)}`),
  );
}
