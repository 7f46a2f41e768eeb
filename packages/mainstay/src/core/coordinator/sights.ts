import { LIVE_PHASES } from '@mainstay/protocol';
import { healthOf } from '../health/index.ts';
import { patience, planToRun, PROVEN_MS, type Roll, type Sight } from '../rolling/index.ts';
import { doesItsWork, hasGivenUp, instancesOf } from './instances.ts';
import type { Turn } from './turn.ts';
import type { InstanceState } from './types.ts';

/** What a rolling reload sees of the instances of its service. */
export function sightsOf(turn: Turn, roll: Roll): Sight[] {
  return instancesOf(turn.world, roll.service).map((instance) => ({
    index: instance.index,
    incarnation: instance.life.incarnation,
    up: doesItsWork(instance),
    lives: LIVE_PHASES.has(instance.life.phase),
    patience: Math.max(patience(roll.from, roll.to), patience(roll.to, roll.from)),
  }));
}

export type Standing =
  | { kind: 'stands' }
  | { kind: 'fell'; reason: string }
  /** It came up while another daemon was there, or none: what it said is lost, and would only be assumed. */
  | { kind: 'unseen' }
  /** `provenAt`: when it is believed unless something happens, monotonic ms; null: something must happen. */
  | { kind: 'pending'; reason: string; provenAt: number | null };

/** Whether the instance that is being replaced stands under its other plan. */
export function standing(turn: Turn, roll: Roll): Standing {
  const instance = instancesOf(turn.world, roll.service).find((one) => one.index === roll.current?.index);
  if (instance === undefined || roll.current === null) return { kind: 'fell', reason: 'it is gone' };
  const { life, health, plan } = instance;
  const why = life.reason ?? life.phase;
  if (life.phase === 'unkillable') return { kind: 'fell', reason: 'its last incarnation survives SIGKILL' };
  if (life.incarnation <= roll.current.since) return { kind: 'pending', reason: why, provenAt: null };
  if (hasFailed(instance)) return { kind: 'fell', reason: why };
  if (life.phase === 'running' && life.adopted && plan.ready.by !== 'healthcheck') return { kind: 'unseen' };
  if (life.phase !== 'ready' || plan !== planToRun(roll, instance.index))
    return { kind: 'pending', reason: why, provenAt: null };
  if (health !== null) {
    const good = healthOf(health.mode);
    const last = health.lastObservation?.message ?? 'no result yet';
    if (good === 'unhealthy') return { kind: 'fell', reason: `its healthcheck failed: ${last}` };
    return good === 'unknown'
      ? { kind: 'pending', reason: `its healthcheck has not passed: ${last}`, provenAt: null }
      : { kind: 'stands' };
  }
  // After a standstill what happened meanwhile is not heard yet.
  const since = Math.max(life.readyAt ?? turn.now.mono, roll.watchedFrom, turn.world.wokeAt);
  const provenAt = since + PROVEN_MS;
  if (plan.ready.by !== 'start' || turn.now.mono >= provenAt) return { kind: 'stands' };
  return { kind: 'pending', reason: why, provenAt };
}

/** It ended, or was ended for hanging, since it was last started on purpose. */
function hasFailed(instance: InstanceState): boolean {
  const { life } = instance;
  return life.unasked || life.phase === 'backoff' || isOver(instance);
}

const isOver = (instance: InstanceState): boolean => hasGivenUp(instance) || instance.life.phase === 'completed';

/** Whether all are up but the one that is being replaced, and those that are given up. */
export function othersUp(turn: Turn, { current, fallen, service }: Roll): boolean {
  return instancesOf(turn.world, service).every(
    (one) => one.index === current?.index || fallen.includes(one.index) || doesItsWork(one),
  );
}

/**
 * Monotonic ms from which on the others stay up, as far as the daemon before this one is concerned: what it told to stop
 * just before its end has had its time by then.
 */
export function othersStayAt(turn: Turn, { current, watchedFrom, due, service }: Roll): number {
  const others = instancesOf(turn.world, service).filter(({ index }) => index !== current?.index);
  const grace = Math.max(0, ...others.map(({ plan }) => plan.stopGracePeriod));
  return Math.min(watchedFrom + grace, due);
}

/** An instance that is not to be replaced, is down, and is therefore waited for; null: there is none. */
export function otherDown(turn: Turn, roll: Roll): { index: number; reason: string; forGood: boolean } | null {
  const candidates = roll.name === 'forward' ? roll.left : roll.changed;
  for (const instance of instancesOf(turn.world, roll.service)) {
    const { index, life } = instance;
    if (doesItsWork(instance) || candidates.includes(index) || roll.fallen.includes(index)) continue;
    const reason = `it stood, and is ${life.phase} now: ${life.reason ?? 'unhealthy'}`;
    return { index, reason, forGood: isOver(instance) };
  }
  return null;
}
