import { sameIdentity } from '@mainstay/protocol';
import type { ForeignPlan, ServicePlan } from '../plan/index.ts';
import type { ObservedTree, Sighting } from '../world/index.ts';
import { driveLife } from './drive.ts';
import { NOT_SEEN_YET } from './untouchable.ts';
import { label, record, touch, type Turn } from './turn.ts';
import type { Boot, InstanceState } from './types.ts';

/** What is known of a service before anybody has looked. */
export const unseenAtFirst = (plan: ServicePlan): string | null => (plan.foreign === null ? null : NOT_SEEN_YET);

/** Has what something else runs looked after from now on. */
export function watch(turn: Turn, { id, plan }: InstanceState): void {
  if (plan.foreign !== null) turn.effects.push({ type: 'watch', instance: id, service: plan });
}

/** An instance goes over to another plan, which may say that something else runs it, or does no longer. */
export function changePlan(turn: Turn, instance: InstanceState, plan: ServicePlan): void {
  const before = instance.plan;
  instance.plan = plan;
  if (isSameForeign(before.foreign, plan.foreign)) return;
  instance.hidden = unseenAtFirst(plan);
  if (plan.foreign === null) turn.effects.push({ type: 'unwatch', instance: instance.id });
  else watch(turn, instance);
}

function isSameForeign(a: ForeignPlan | null, b: ForeignPlan | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * What lives of an instance that something else runs, as far as the daemon before this one knew: believed until it is looked at.
 * Of another boot nothing is.
 */
export function believedTrees(stored: Boot['stored'][number] | null, sameBoot: boolean): ObservedTree[] {
  const identity = stored?.life.identity ?? null;
  if (stored === null || identity === null || !sameBoot) return [];
  return [{ instance: stored.id, incarnation: stored.life.incarnation, leader: identity, members: [identity] }];
}

/** It was looked at, or can no longer be seen. */
export function sighted(turn: Turn, instance: InstanceState, seen: Sighting): void {
  if (instance.plan.foreign === null) return;
  const before = instance.hidden;
  instance.hidden = seen.is === 'hidden' ? seen.why : null;
  if (instance.hidden !== before && instance.hidden !== null)
    record(turn, 'instance.unseen', `${label(turn, instance)}: ${instance.hidden}`, instance);
  else if (before !== null && before !== NOT_SEEN_YET && instance.hidden === null)
    record(turn, 'instance.seen', `${label(turn, instance)} can be seen again`, instance);
  if (seen.is === 'running') running(turn, instance, seen);
  touch(turn, instance.service);
  turn.touched.add(instance.id);
}

function running(turn: Turn, instance: InstanceState, seen: Extract<Sighting, { is: 'running' }>): void {
  const { identity, startedAt } = seen;
  const { life, id } = instance;
  if (life.identity !== null && sameIdentity(life.identity, identity)) return;
  driveLife(turn, instance, { type: 'appeared', identity, startedAt });
  const { incarnation } = instance.life;
  if (incarnation === life.incarnation) return;
  turn.effects.push(
    { type: 'adopt', tree: { instance: id, incarnation, leader: identity, members: [identity] }, keepExit: false },
    { type: 'log-begin', instance: id, incarnation },
  );
  record(turn, 'instance.adopted', `${label(turn, instance)}: runs already, taken over`, instance, {
    pid: identity.pid,
  });
}

/** It was left to what runs it: how it ends there is none of ours. */
export const isLetGo = ({ plan, life }: InstanceState): boolean => plan.foreign !== null && life.identity === null;

/** Leaves it as it is, from now on unwatched. */
export function release(turn: Turn, instance: InstanceState, reason: string): void {
  const { world } = turn;
  const why = world.plan.observe
    ? 'it was observed only'
    : (instance.hidden ?? 'it ran before mainstay looked after it');
  driveLife(turn, instance, { type: 'release', reason: `${reason}; left running: ${why}` });
}
