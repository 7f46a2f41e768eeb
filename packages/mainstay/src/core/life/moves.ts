import { describeExit, type Exit, type Phase } from '@mainstay/protocol';
import { LATE_MS, type Step } from '../machine/index.ts';
import { stepRestart, type RestartState } from '../restart/index.ts';
import { verdict } from '../task/index.ts';
import type { After, Life, LifeContext, LifeEffect, LifeEvent, TimerPurpose } from './types.ts';

/**
 * The moves that the cells of the life table are made of. Each enters one phase, with its timer,
 * and leaves nothing of the old phase behind.
 */
export type Moved = Step<Life, LifeEffect>;
type Appeared = Extract<LifeEvent, { type: 'appeared' }>;

/** How long a tree may take to vanish after SIGKILL before it is called unkillable, in ms. */
export const KILL_WAIT_MS = 10_000;

interface Entry {
  /** Why it is in this phase, for as long as it is. */
  reason: string | null;
  /** Said of the change only; absent: the reason. */
  said?: string | null;
  timer?: { purpose: TimerPurpose; afterMs: number };
  set?: Partial<Life>;
}

/** Enters `phase`: ends the old timer, arms the new one, notes the change. */
export function enter(life: Life, phase: Phase, context: LifeContext, entry: Entry): Moved {
  const effects: LifeEffect[] = [];
  if (life.timer !== null) effects.push({ type: 'disarm', seq: life.timer.seq });
  let { seq } = life;
  let timer: Life['timer'] = null;
  if (entry.timer !== undefined) {
    seq += 1;
    timer = { seq, purpose: entry.timer.purpose, due: context.now.mono + entry.timer.afterMs };
    effects.push({ type: 'arm', seq, ...entry.timer });
  }
  if (phase !== life.phase || entry.reason !== life.reason) {
    effects.push({ type: 'phase', from: life.phase, to: phase, reason: entry.said ?? entry.reason });
  }
  const since = phase === life.phase ? life.since : context.now;
  return { state: { ...life, ...entry.set, phase, reason: entry.reason, since, seq, timer }, effects };
}

/**
 * The daemon stood still for `ms`: whatever a process did meanwhile was not seen, so what has to show itself by a time
 * gets as much more of it. A timer that is late itself tells its own cell so.
 */
export function postpone(life: Life, ms: number, context: LifeContext): Moved {
  const { timer } = life;
  const waits = timer?.purpose === 'ready-timeout' || timer?.purpose === 'kill';
  const left = (timer?.due ?? 0) - context.now.mono;
  if (timer === null || !waits || left < -LATE_MS) return { state: life, effects: [] };
  const afterMs = Math.max(0, left) + ms;
  return enter(life, life.phase, context, { reason: life.reason, timer: { purpose: timer.purpose, afterMs } });
}

/** What was asked for on purpose begins without a past. */
function forgiven({ restart }: Life, { service, now, restartTable }: LifeContext): RestartState {
  const context = { policy: service.restartPolicy, now: now.mono, random: 0 };
  return stepRestart(restart, { type: 'reset' }, context, restartTable).state;
}

/** The cooldown is over: one trial begins. */
export function tried({ restart }: Life, { service, now, restartTable }: LifeContext): RestartState {
  const context = { policy: service.restartPolicy, now: now.mono, random: 0 };
  return stepRestart(restart, { type: 'cooled' }, context, restartTable).state;
}

/** Something else has started it: it is taken over as it runs. */
export function takeOver(life: Life, { identity, startedAt }: Appeared, context: LifeContext): Moved {
  const { now } = context;
  const next: Life = {
    ...life,
    incarnation: life.incarnation + 1,
    identity,
    startedAt: { wall: startedAt, mono: now.mono - (now.wall - startedAt) },
    readyAt: null,
    readyEarly: false,
    after: null,
    restart: life.restart.name === 'open' ? tried(life, context) : life.restart,
    unasked: false,
    adopted: true,
    // It did not wait for mainstay to start it first.
    found: life.found ?? true,
  };
  return alive(next, context);
}

/** A start on purpose: all earlier failures are forgotten. */
export function waitAfresh(life: Life, reason: string, context: LifeContext): Moved {
  return enter(life, 'waiting', context, {
    reason,
    set: {
      restart: forgiven(life, context),
      unasked: false,
      after: null,
      identity: null,
      readyAt: null,
      adopted: false,
    },
  });
}

/** Waits for a restart that nobody asked for. */
export function waitUnasked(life: Life, reason: string | null, context: LifeContext): Moved {
  return enter(life, 'waiting', context, {
    reason,
    set: { unasked: true, after: null, identity: null, readyAt: null, adopted: false },
  });
}

export function settleStopped(life: Life, context: LifeContext, reason: string | null): Moved {
  return enter(life, 'stopped', context, {
    reason,
    set: {
      restart: forgiven(life, context),
      after: null,
      identity: null,
      readyAt: null,
      unasked: false,
      adopted: false,
      found: null,
    },
  });
}

/** The next incarnation: its number is taken before anything exists. */
export function launch(life: Life, context: LifeContext): Moved {
  const incarnation = life.incarnation + 1;
  const moved = enter(life, 'starting', context, {
    reason: null,
    set: {
      incarnation,
      identity: null,
      startedAt: context.now,
      readyAt: null,
      readyEarly: false,
      after: null,
      adopted: false,
      found: life.found ?? false,
    },
  });
  return { state: moved.state, effects: [...moved.effects, { type: 'spawn', incarnation }] };
}

/** The process lives: `ready` when nothing else is asked of it, otherwise `running` until it says so. */
export function alive(life: Life, context: LifeContext): Moved {
  const { ready } = context.service;
  if (ready.by === 'start' || life.readyEarly) return becomeReady(life, context, null);
  return enter(life, 'running', context, {
    reason: `waiting until it is ready (${ready.by})`,
    timer: { purpose: 'ready-timeout', afterMs: ready.timeout },
  });
}

/** @param how what made it ready: said of the change, not kept as a reason */
export function becomeReady(life: Life, context: LifeContext, how: string | null): Moved {
  return enter(life, 'ready', context, {
    reason: null,
    said: how,
    set: { readyAt: context.now.mono, readyEarly: false },
  });
}

/** Ends a living tree; `after` is what follows once it is empty. */
export function beginStop(life: Life, after: After, now: boolean, reason: string, context: LifeContext): Moved {
  const { service } = context;
  const graceMs = now ? 0 : service.stopGracePeriod;
  const moved = enter(life, 'stopping', context, {
    reason,
    timer: now || graceMs === 0 ? { purpose: 'kill', afterMs: KILL_WAIT_MS } : { purpose: 'grace', afterMs: graceMs },
    set: { after, readyAt: null },
  });
  // A process whose pid is not known yet gets its signal when it is reported.
  const signals =
    life.identity === null ? [] : now || graceMs === 0 ? killEffects(life, context) : stopEffects(life, context);
  return { state: moved.state, effects: [...moved.effects, ...signals] };
}

export function stopEffects(life: Life, { service }: LifeContext): LifeEffect[] {
  const scope = service.killMode === 'group' ? 'tree' : 'leader';
  return [{ type: 'signal', incarnation: life.incarnation, signal: service.stopSignal, scope }];
}

export function killEffects(life: Life, { service }: LifeContext): LifeEffect[] {
  if (service.killMode === 'process') {
    return [{ type: 'signal', incarnation: life.incarnation, signal: 'SIGKILL', scope: 'leader' }];
  }
  return [{ type: 'kill', incarnation: life.incarnation }];
}

/** An exit, with the want of memory for which mainstay ended it. */
export function endedFor(after: After, exit: Exit): Exit {
  const memory = after.do === 'account' ? after.outOfMemory : undefined;
  return memory === undefined ? exit : { ...exit, outOfMemory: memory };
}

/** The leader of a living incarnation ended by itself. */
export function leaderGone(life: Life, exit: Exit, remaining: number, context: LifeContext): Moved {
  const after: After = {
    do: 'account',
    exit,
    killed: false,
    uptime: life.readyAt === null ? 0 : context.now.mono - life.readyAt,
    reason: describeExit(exit),
  };
  const ended = { ...life, lastExit: { ...exit, at: context.now.wall } };
  if (remaining === 0 || context.service.killMode === 'process') return settle(ended, after, context);
  // `mixed` asks the leader alone, and there is none any more to ask: waiting would only hold up the next start.
  const atOnce = context.service.killMode === 'mixed';
  return beginStop(ended, after, atOnce, `${describeExit(exit)}; ending ${remaining} processes it left`, context);
}

/** The tree is empty: does what was to follow. */
export function settle(life: Life, after: After, context: LifeContext): Moved {
  const over: LifeEffect = { type: 'over', incarnation: life.incarnation };
  const moved =
    after.do === 'stop'
      ? settleStopped(life, context, life.reason)
      : after.do === 'start'
        ? waitAfresh(life, after.reason, context)
        : account(life, after, context);
  return { state: moved.state, effects: [over, ...moved.effects] };
}

/** An end that nobody asked for: completed, tried again later, or given up. */
export function account(life: Life, after: Extract<After, { do: 'account' }>, context: LifeContext): Moved {
  const gone = { ...life, after: null, identity: null, readyAt: null, adopted: false };
  const outcome = verdict(context.service, after.exit, after.killed);
  if (outcome === 'completed') return enter(gone, 'completed', context, { reason: after.reason });
  const failed: LifeEffect = { type: 'failed', exit: after.exit, reason: after.reason };
  if (outcome === 'fatal') return withEffect(failed, enter(gone, 'fatal', context, { reason: after.reason }));
  if (context.suspended !== null) {
    return withEffect(failed, waitUnasked(gone, `${after.reason}; not restarted: ${context.suspended}`, context));
  }
  const { policy, now, random } = {
    policy: context.service.restartPolicy,
    now: context.now.mono,
    random: context.random,
  };
  const step = stepRestart(
    gone.restart,
    { type: 'failed', uptime: after.uptime },
    { policy, now, random },
    context.restartTable,
  );
  const counted = { ...gone, restart: step.state };
  const decision = step.effects[0];
  if (decision === undefined || decision.type === 'give-up') {
    const attempts = decision?.attempts ?? gone.restart.attempts.length;
    const afterMs = decision === undefined ? policy.cooldown : decision.afterMs;
    const reason = `gave up after ${attempts} ${attempts === 1 ? 'restart' : 'restarts'} in the window: ${after.reason}`;
    const moved =
      afterMs === null
        ? enter(counted, 'fatal', context, { reason })
        : enter(counted, 'cooldown', context, { reason, timer: { purpose: 'cooldown', afterMs } });
    return withEffect(failed, withEffect({ type: 'gave-up', attempts, afterMs }, moved));
  }
  if (decision.afterMs === 0) return withEffect(failed, waitUnasked(counted, after.reason, context));
  return withEffect(
    failed,
    enter(counted, 'backoff', context, {
      reason: after.reason,
      timer: { purpose: 'backoff', afterMs: decision.afterMs },
    }),
  );
}

function withEffect(effect: LifeEffect, moved: Moved): Moved {
  return { state: moved.state, effects: [effect, ...moved.effects] };
}
