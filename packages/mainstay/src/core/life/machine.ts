import type { OutOfMemory, Phase } from '@mainstay/protocol';
import { LATE_MS, apply, ignore, impossible, type Table } from '../machine/index.ts';
import { INITIAL_RESTART } from '../restart/index.ts';
import {
  KILL_WAIT_MS,
  alive,
  becomeReady,
  beginStop,
  endedFor,
  enter,
  killEffects,
  launch,
  leaderGone,
  settle,
  settleStopped,
  stopEffects,
  takeOver,
  tried,
  waitAfresh,
  waitUnasked,
  type Moved,
} from './moves.ts';
import type { After, Life, LifeContext, LifeEffect, LifeEvent } from './types.ts';

export type LifeTable = Table<Phase, Life, LifeEvent, LifeContext, LifeEffect>;
type Row = LifeTable[Phase];
type Of<T extends LifeEvent['type']> = Extract<LifeEvent, { type: T }>;

const same = (life: Life): Moved => ({ state: life, effects: [] });

const startAfresh = (life: Life, event: Of<'start'> | Of<'restart'>, context: LifeContext): Moved =>
  waitAfresh(life, event.reason, context);
const justStop = (life: Life, event: Of<'stop'>, context: LifeContext): Moved =>
  settleStopped(life, context, event.reason);

const appear = (life: Life, event: Of<'appeared'>, context: LifeContext): Moved => takeOver(life, event, context);
const letGo = (life: Life, event: Of<'release'>, context: LifeContext): Moved =>
  settle({ ...life, reason: event.reason }, { do: 'stop' }, context);

/** Cells of every phase in which no process of the instance can live. */
const lifeless = {
  permitted: impossible('only a waiting instance is permitted to start'),
  held: ignore('it is not waiting'),
  spawned: impossible('nothing was being started'),
  'spawn-failed': impossible('nothing was being started'),
  exited: impossible('no process lived'),
  emptied: ignore('what was left running on purpose has ended'),
  'became-ready': ignore('a last word of an incarnation that is over'),
  hung: ignore('a verdict on an incarnation that is over'),
  appeared: appear,
  release: impossible('nothing of it lives'),
} satisfies Partial<Row>;

/** Cells of a phase in which the process lives and should. */
const living = {
  start: ignore('it already runs'),
  stop: (life: Life, event: Of<'stop'>, context: LifeContext) =>
    beginStop(life, { do: 'stop' }, event.now, event.reason, context),
  restart: (life: Life, event: Of<'restart'>, context: LifeContext) =>
    beginStop(life, { do: 'start', reason: event.reason }, false, event.reason, context),
  permitted: impossible('it already runs'),
  held: ignore('it already runs'),
  spawned: impossible('it was reported once already'),
  'spawn-failed': impossible('it was reported as running'),
  exited: (life: Life, event: Of<'exited'>, context: LifeContext) =>
    leaderGone(life, event.exit, event.remaining, context),
  emptied: impossible('the leader has not ended'),
  hung: (life: Life, event: Of<'hung'>, context: LifeContext) =>
    context.suspended === null ? endHung(life, event.reason, context, event.outOfMemory) : same(life),
  appeared: ignore('it is known to run'),
  release: letGo,
} satisfies Partial<Row>;

function endHung(life: Life, reason: string, context: LifeContext, outOfMemory?: OutOfMemory): Moved {
  const uptime = life.readyAt === null ? 0 : context.now.mono - life.readyAt;
  const memory = outOfMemory === undefined ? {} : { outOfMemory };
  const after: After = { do: 'account', exit: null, killed: true, uptime, reason, ...memory };
  return beginStop(life, after, false, reason, context);
}

function readyTimeout(life: Life, _event: unknown, context: LifeContext): Moved {
  // What an adopted process said while no daemon listened is lost: it is not punished for that. A healthcheck asks it again.
  if (life.adopted && context.service.ready.by !== 'healthcheck')
    return becomeReady(life, context, 'adopted; readiness assumed');
  if (context.suspended !== null)
    return becomeReady(life, context, `not ready in time; left alone: ${context.suspended}`);
  if (context.now.mono - (life.timer?.due ?? 0) > LATE_MS) return alive(life, context);
  const { ready } = context.service;
  const within = ready.by === 'start' ? '' : ` within ${ready.timeout / 1000} s`;
  return endHung(life, `not ready${within} (${ready.by})`, context);
}

/** In `stopping`: what is to follow changes, the stopping goes on. */
const follow = (life: Life, after: After): Moved => same({ ...life, after });
const startAfterwards = (life: Life, event: Of<'start'> | Of<'restart'>): Moved =>
  follow(life, { do: 'start', reason: event.reason });

function stopHarder(life: Life, event: Of<'stop'>, context: LifeContext): Moved {
  const next: Life = { ...life, after: { do: 'stop' } };
  if (!event.now || life.timer?.purpose === 'kill') return same(next);
  const moved = enter(next, 'stopping', context, {
    reason: event.reason,
    timer: { purpose: 'kill', afterMs: KILL_WAIT_MS },
  });
  return {
    state: moved.state,
    effects: [...moved.effects, ...(life.identity === null ? [] : killEffects(life, context))],
  };
}

function stoppingSpawned(life: Life, event: Of<'spawned'>, context: LifeContext): Moved {
  const next: Life = { ...life, identity: event.identity };
  const effects = life.timer?.purpose === 'kill' ? killEffects(next, context) : stopEffects(next, context);
  return { state: next, effects };
}

function stoppingExited(life: Life, event: Of<'exited'>, context: LifeContext): Moved {
  const after: After = life.after ?? { do: 'stop' };
  const exit = endedFor(after, event.exit);
  const told: After = after.do === 'account' && after.exit === null ? { ...after, exit } : after;
  const ended: Life = { ...life, after: told, lastExit: { ...exit, at: context.now.wall } };
  if (event.remaining === 0 || context.service.killMode === 'process') return settle(ended, told, context);
  if (context.service.killMode === 'mixed' && life.timer?.purpose !== 'kill') {
    const moved = enter(ended, 'stopping', context, {
      reason: life.reason,
      timer: { purpose: 'kill', afterMs: KILL_WAIT_MS },
    });
    return { state: moved.state, effects: [...moved.effects, ...killEffects(life, context)] };
  }
  // It may have left something behind after the first kill.
  const killed = life.phase === 'unkillable' || life.timer?.purpose === 'kill';
  return { state: ended, effects: killed ? killEffects(life, context) : [] };
}

const emptied = (life: Life, _event: unknown, context: LifeContext): Moved =>
  settle(life, life.after ?? { do: 'stop' }, context);

function stoppingTimer(life: Life, _event: unknown, context: LifeContext): Moved {
  if (life.timer?.purpose === 'grace') {
    const moved = enter(life, 'stopping', context, {
      reason: 'it did not stop in its grace period; killed',
      timer: { purpose: 'kill', afterMs: KILL_WAIT_MS },
    });
    return {
      state: moved.state,
      effects: [...moved.effects, ...(life.identity === null ? [] : killEffects(life, context))],
    };
  }
  // Nobody saw what came of the kill, or its start was not even told: it gets another, and as long again.
  if (context.now.mono - (life.timer?.due ?? 0) > LATE_MS) {
    const again = enter(life, 'stopping', context, {
      reason: life.reason,
      timer: { purpose: 'kill', afterMs: KILL_WAIT_MS },
    });
    return {
      state: again.state,
      effects: [...again.effects, ...(life.identity === null ? [] : killEffects(life, context))],
    };
  }
  const pid = life.identity === null ? '' : ` (pid ${life.identity.pid})`;
  const why = context.service.foreign === null ? `it survives SIGKILL${pid}` : 'whoever runs it does not end it';
  const moved = enter(life, 'unkillable', context, { reason: `${why}; nothing is started in its place` });
  return { state: moved.state, effects: [...moved.effects, { type: 'unkillable' }] };
}

const cooled = (life: Life, _event: unknown, context: LifeContext): Moved =>
  waitUnasked({ ...life, restart: tried(life, context) }, 'one trial after the cooldown', context);

export const lifeTable: LifeTable = {
  stopped: {
    ...lifeless,
    start: startAfresh,
    stop: ignore('it is stopped'),
    restart: startAfresh,
    appeared: ignore('it is to be stopped: somebody else has started it'),
    timer: impossible('no timer is armed'),
  },
  waiting: {
    ...lifeless,
    start: ignore('it already waits for its start'),
    stop: justStop,
    restart: ignore('it already waits for its start'),
    permitted: (life, _event, context) => launch(life, context),
    held: (life, event, context) =>
      event.reason === life.reason ? same(life) : enter(life, 'waiting', context, { reason: event.reason }),
    timer: impossible('no timer is armed'),
  },
  starting: {
    ...living,
    start: ignore('it is being started'),
    permitted: impossible('it is being started'),
    spawned: (life, event, context) => alive({ ...life, identity: event.identity }, context),
    'spawn-failed': (life, event, context) =>
      settle(life, { do: 'account', exit: null, killed: false, uptime: 0, reason: event.failure.message }, context),
    emptied: impossible('it was not reported as running'),
    'became-ready': (life) => same({ ...life, readyEarly: true }),
    hung: ignore('it is being started'),
    appeared: ignore('it is being started'),
    timer: impossible('no timer is armed'),
  },
  running: {
    ...living,
    'became-ready': (life, event, context) => becomeReady(life, context, event.how),
    timer: readyTimeout,
  },
  ready: {
    ...living,
    'became-ready': ignore('it is ready'),
    timer: impossible('no timer is armed'),
  },
  stopping: {
    start: startAfterwards,
    stop: stopHarder,
    restart: startAfterwards,
    permitted: impossible('it is being stopped'),
    held: ignore('it is being stopped'),
    spawned: stoppingSpawned,
    'spawn-failed': (life, _event, context) => settle(life, life.after ?? { do: 'stop' }, context),
    exited: stoppingExited,
    emptied,
    'became-ready': ignore('it is being stopped'),
    hung: ignore('it is being stopped'),
    appeared: ignore('it is being stopped'),
    release: letGo,
    timer: stoppingTimer,
  },
  backoff: {
    ...lifeless,
    start: startAfresh,
    stop: justStop,
    restart: startAfresh,
    timer: (life, _event, context) => waitUnasked(life, life.reason, context),
  },
  cooldown: {
    ...lifeless,
    start: startAfresh,
    stop: justStop,
    restart: startAfresh,
    timer: cooled,
  },
  fatal: {
    ...lifeless,
    start: startAfresh,
    stop: justStop,
    restart: startAfresh,
    timer: impossible('no timer is armed'),
  },
  unkillable: {
    start: startAfterwards,
    stop: (life) => follow(life, { do: 'stop' }),
    restart: startAfterwards,
    permitted: impossible('its last incarnation still lives'),
    held: ignore('its last incarnation still lives'),
    spawned: stoppingSpawned,
    'spawn-failed': (life, _event, context) => settle(life, life.after ?? { do: 'stop' }, context),
    exited: stoppingExited,
    emptied,
    'became-ready': ignore('it is being stopped'),
    hung: ignore('it is being stopped'),
    appeared: ignore('it is being stopped'),
    release: impossible('what cannot be ended is not let go'),
    timer: impossible('no timer is armed'),
  },
  completed: {
    ...lifeless,
    start: startAfresh,
    stop: justStop,
    restart: startAfresh,
    timer: impossible('no timer is armed'),
  },
};

/** Events that name an incarnation; one that is not the newest is rejected here and nowhere else. */
function staleness(life: Life, event: LifeEvent): string | null {
  if ('incarnation' in event && event.incarnation !== life.incarnation) {
    return `it is about incarnation ${event.incarnation}, not ${life.incarnation}`;
  }
  if (event.type === 'timer' && event.seq !== life.timer?.seq) return `timer ${event.seq} was replaced`;
  return null;
}

/** One step of an instance's life. Total: every event in every phase has an answer. */
export function stepLife(life: Life, event: LifeEvent, context: LifeContext, table: LifeTable = lifeTable): Moved {
  const stale = staleness(life, event);
  if (stale !== null) return { state: life, effects: [{ type: 'rejected', event: event.type, reason: stale }] };
  const outcome = apply<Phase, Life, LifeEvent, LifeContext, LifeEffect>(table, life.phase, life, event, context);
  if (outcome.kind === 'stepped') return outcome;
  if (outcome.kind === 'ignored') return { state: life, effects: [] };
  const effects: LifeEffect[] = [{ type: 'impossible', event: event.type, reason: outcome.reason }];
  // A process that nobody asked for must not live on unsupervised.
  if (event.type === 'spawned' && life.identity === null)
    effects.push({ type: 'kill', incarnation: event.incarnation });
  return { state: life, effects };
}

/** An instance that was never started. */
export function newLife(now: LifeContext['now']): Life {
  return {
    phase: 'stopped',
    incarnation: 0,
    identity: null,
    since: now,
    reason: null,
    startedAt: null,
    readyAt: null,
    readyEarly: false,
    after: null,
    restart: INITIAL_RESTART,
    unasked: false,
    lastExit: null,
    adopted: false,
    timer: null,
    seq: 0,
  };
}
