import { describeExit, type InstanceId } from '@mainstay/protocol';
import { healthOf, initialHealth, step as stepHealth, type HealthEvent, type HealthSettings } from '../health/index.ts';
import { stepLife, type Life, type LifeContext, type LifeEffect, type LifeEvent } from '../life/index.ts';
import { covering } from '../maintenance/index.ts';
import type { HealthcheckPlan, ServicePlan } from '../plan/index.ts';
import { stepWatchdog, type WatchdogEvent } from '../watchdog/index.ts';
import { untouchable } from './untouchable.ts';
import { driveMemory } from './memory.ts';
import { label, record, touch, type Turn } from './turn.ts';
import type { InstanceState } from './types.ts';

/** Drives the machines of one instance, and turns what they ask for into effects. */
export function driveLife(turn: Turn, instance: InstanceState, event: LifeEvent): void {
  carry(turn, instance, instance.life, stepLife(instance.life, event, lifeContext(turn, instance), turn.tables.life));
}

export function lifeContext(turn: Turn, instance: InstanceState): LifeContext {
  const window = covering(turn.world.windows.values(), instance.service);
  // What a reload replaces was asked for: maintenance does not keep it from being judged.
  const replaced = turn.world.rolls.get(instance.service)?.current?.index === instance.index;
  return {
    service: instance.plan,
    now: turn.now,
    random: turn.random(),
    suspended:
      untouchable(turn.world, instance) ?? (window === null || replaced ? null : `maintenance (${window.reason})`),
    restartTable: turn.tables.restart,
  };
}

/** Whether the exit status has to survive the daemon, because something is decided by it. */
export function keepsExit(service: ServicePlan): boolean {
  const { successExitCodes, fatalExitCodes } = service.restartPolicy;
  if (service.type === 'task' || service.restart === 'no' || service.restart === 'on-failure') return true;
  return successExitCodes.length > 0 || fatalExitCodes.length > 0;
}

const isUp = (life: Life): boolean => life.phase === 'running' || life.phase === 'ready';

/** Takes a step's result over: its effects, and what follows from the change of phase. */
export function carry(
  turn: Turn,
  instance: InstanceState,
  before: Life,
  moved: { state: Life; effects: LifeEffect[] },
): void {
  const changed = moved.state !== before;
  instance.life = moved.state;
  if (changed) turn.effects.push({ type: 'save', instance: instance.id });
  for (const effect of moved.effects) carryEffect(turn, instance, effect);
  if (!changed) return;
  const life = instance.life;
  if (isUp(before) && (!isUp(life) || life.incarnation !== before.incarnation)) {
    driveHealth(turn, instance, { type: 'stopped' });
    driveWatchdog(turn, instance, { type: 'disarm' });
    driveMemory(turn, instance, { type: 'reset' });
    turn.effects.push({ type: 'log-watch', instance: instance.id, pattern: null });
  }
  if (isUp(life) && (!isUp(before) || life.incarnation !== before.incarnation)) {
    const type = life.adopted ? 'resumed' : 'started';
    driveHealth(turn, instance, { type, incarnation: life.incarnation, phase: turn.random() });
  }
  if (life.phase === 'ready' && (before.phase !== 'ready' || life.incarnation !== before.incarnation)) {
    driveWatchdog(turn, instance, { type: 'arm' });
    if (instance.plan.ready.by === 'log')
      turn.effects.push({ type: 'log-watch', instance: instance.id, pattern: null });
  }
}

function carryEffect(turn: Turn, instance: InstanceState, effect: LifeEffect): void {
  const { id } = instance;
  switch (effect.type) {
    case 'spawn': {
      const { ready } = instance.plan;
      turn.effects.push(
        { type: 'log-begin', instance: id, incarnation: effect.incarnation },
        { type: 'log-watch', instance: id, pattern: ready.by === 'log' ? ready.pattern : null },
        {
          type: 'spawn',
          spec: {
            instance: id,
            incarnation: effect.incarnation,
            service: instance.plan,
            keepExit: keepsExit(instance.plan),
          },
        },
      );
      return;
    }
    case 'signal':
    case 'kill':
      turn.effects.push({ ...effect, instance: id });
      return;
    case 'arm':
      turn.effects.push({ type: 'arm', key: `life:${id}:${effect.seq}`, afterMs: effect.afterMs });
      return;
    case 'disarm':
      turn.effects.push({ type: 'disarm', key: `life:${id}:${effect.seq}` });
      return;
    case 'phase': {
      const why = effect.reason === null ? '' : ` (${effect.reason})`;
      const text = effect.from === effect.to ? `${effect.to}${why}` : `${effect.from} → ${effect.to}${why}`;
      record(turn, 'instance.phase', `${label(turn, instance)}: ${text}`, instance, {
        from: effect.from,
        to: effect.to,
        reason: effect.reason,
      });
      if (effect.from !== effect.to) touchNeighbours(turn, instance);
      turn.touched.add(id);
      return;
    }
    case 'failed':
      turn.effects.push({
        type: 'failure',
        instance: id,
        incarnation: instance.life.incarnation,
        exit: effect.exit,
        reason: effect.reason,
        startedAt: instance.life.startedAt,
      });
      return;
    case 'gave-up':
      recordGivingUp(turn, instance, effect);
      return;
    case 'unkillable':
      record(
        turn,
        'instance.unkillable',
        `${label(turn, instance)}: ${instance.life.reason ?? 'it survives SIGKILL'}`,
        instance,
        {
          pid: instance.life.identity?.pid ?? null,
        },
      );
      return;
    case 'over':
      turn.effects.push({ type: 'log-drain', instance: id });
      forget(turn, id, effect.incarnation);
      return;
    case 'rejected':
      return;
    case 'impossible':
      record(
        turn,
        'machine.impossible',
        `${label(turn, instance)}: ${effect.event} in ${instance.life.phase}: ${effect.reason}`,
        instance,
      );
  }
}

/** The graph knows nothing more of what has left the plan: what that needed may wait for its end. */
function touchNeighbours(turn: Turn, instance: InstanceState): void {
  touch(turn, instance.service);
  if (instance.retired !== null) for (const { service } of instance.plan.dependsOn) touch(turn, service);
}

/** Forgets an incarnation that is over; one whose tree is being purged is forgotten when that is empty. */
export function forget(turn: Turn, instance: InstanceId, incarnation: number): void {
  if (turn.world.purging.get(instance)?.has(incarnation) === true) return;
  turn.effects.push({ type: 'forget', instance, incarnation });
}

function recordGivingUp(turn: Turn, instance: InstanceState, effect: Extract<LifeEffect, { type: 'gave-up' }>): void {
  const { attempts, afterMs } = effect;
  const again = afterMs === null ? '' : `; one trial in ${Math.round(afterMs / 1000)} s`;
  const dependents = turn.graph.dependents(instance.service);
  const without = dependents.length === 0 ? '' : `; ${dependents.join(', ')} must do without it`;
  record(
    turn,
    'instance.gave-up',
    `${label(turn, instance)} gave up after ${attempts} ${attempts === 1 ? 'restart' : 'restarts'}${again}${without}`,
    instance,
    { attempts, after_ms: afterMs, dependents },
  );
}

/** What of a healthcheck the health machine needs. */
export function healthSettings(plan: HealthcheckPlan): HealthSettings {
  const { interval, retries, successes, startPeriod, startInterval } = plan;
  return { interval, retries, successes, startPeriod, startInterval };
}

export function driveHealth(turn: Turn, instance: InstanceState, event: HealthEvent): void {
  const { healthcheck } = instance.plan;
  if (healthcheck === null) {
    instance.health = null;
    return;
  }
  const before = instance.health ?? initialHealth(healthSettings(healthcheck), turn.now.mono);
  const moved = stepHealth(before, event, turn.now.mono, turn.tables.health);
  instance.health = moved.state;
  for (const effect of moved.effects) {
    switch (effect.type) {
      case 'probe':
        turn.effects.push({ type: 'arm', key: `probe:${instance.id}`, afterMs: effect.afterMs });
        break;
      case 'cancel':
        turn.effects.push(
          { type: 'disarm', key: `probe:${instance.id}` },
          { type: 'cancel-probe', instance: instance.id },
        );
        break;
      case 'health':
        record(turn, 'instance.health', `${label(turn, instance)} is ${effect.health}: ${effect.reason}`, instance, {
          health: effect.health,
          first_at: effect.firstAt === null ? null : turn.now.wall - (turn.now.mono - effect.firstAt),
        });
        touch(turn, instance.service);
        turn.effects.push({ type: 'save', instance: instance.id });
        if (effect.health === 'healthy' || effect.health === 'degraded')
          turn.remedies.push({ subject: instance.id, event: { type: 'good' } });
        // Another incarnation comes: what was asked about this one is of no interest any more.
        if (effect.health === 'unknown') turn.remedies.push({ subject: instance.id, event: { type: 'gap' } });
        break;
      case 'failed':
        turn.remedies.push({ subject: instance.id, event: { type: 'confirmed', level: 'fail' } });
        break;
    }
  }
  if (moved.note?.kind === 'impossible')
    record(turn, 'machine.impossible', `${label(turn, instance)}: ${moved.note.reason}`, instance);
  const good = healthOf(moved.state.mode);
  if (
    instance.life.phase === 'running' &&
    instance.plan.ready.by === 'healthcheck' &&
    (good === 'healthy' || good === 'degraded')
  ) {
    driveLife(turn, instance, {
      type: 'became-ready',
      incarnation: instance.life.incarnation,
      how: `its healthcheck is ${good}`,
    });
  }
}

export function driveWatchdog(turn: Turn, instance: InstanceState, event: WatchdogEvent): void {
  const period = instance.plan.watchdog;
  if (period === null) return;
  const moved = stepWatchdog(instance.watchdog, event, { period, now: turn.now.mono }, turn.tables.watchdog);
  instance.watchdog = moved.state;
  for (const effect of moved.effects) {
    if (effect.type === 'check')
      turn.effects.push({ type: 'arm', key: `watchdog:${instance.id}`, afterMs: effect.afterMs });
    else if (effect.type === 'cancel') turn.effects.push({ type: 'disarm', key: `watchdog:${instance.id}` });
    else watchdogMissed(turn, instance, effect.silentMs);
  }
}

function watchdogMissed(turn: Turn, instance: InstanceState, silentMs: number): void {
  const seconds = Math.round(silentMs / 100) / 10;
  record(turn, 'instance.watchdog-missed', `${label(turn, instance)} gave no sign of life for ${seconds} s`, instance);
  driveLife(turn, instance, {
    type: 'hung',
    incarnation: instance.life.incarnation,
    reason: `watchdog: no sign of life for ${seconds} s`,
  });
  // Left alone (maintenance): watched again.
  if (instance.life.phase === 'ready') driveWatchdog(turn, instance, { type: 'arm' });
}

/** Notes the end of a process, as it was told. */
export function recordExit(
  turn: Turn,
  instance: InstanceState,
  exit: Parameters<typeof describeExit>[0],
  remaining: number,
): void {
  const rest = remaining === 0 ? '' : `; ${remaining} of its processes live on`;
  record(turn, 'instance.exited', `${label(turn, instance)}: ${describeExit(exit)}${rest}`, instance, {
    code: exit.code,
    signal: exit.signal,
    known: exit.known,
    remaining,
  });
}
