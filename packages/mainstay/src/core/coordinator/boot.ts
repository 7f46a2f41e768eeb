import type { InstanceId } from '@mainstay/protocol';
import type { ObservedTree } from '../world/index.ts';
import { restoreLife } from '../life/index.ts';
import { restoreRemedy } from '../remedy/index.ts';
import { stepWindow } from '../maintenance/index.ts';
import { limit } from './apply.ts';
import { bootChecks } from './checks.ts';
import { carry, forget, keepsExit, lifeContext } from './drive.ts';
import { carryWindow } from './windows.ts';
import { believedTrees, watch } from './foreign.ts';
import { resumeRolls, restoreRolls } from './reload.ts';
import { label, record, touchAll, type Turn } from './turn.ts';
import type { Boot, InstanceState } from './types.ts';

/**
 * Begins, or goes on after another daemon: intent comes from the store, processes from what is seen.
 * No effect of the other daemon is repeated.
 */
export function boot(turn: Turn, event: Boot): void {
  const { world } = turn;
  world.goal = event.goal;
  for (const [name, desired] of Object.entries(event.intents)) {
    const service = world.services.get(name);
    if (service !== undefined) service.desired = desired;
  }
  for (const window of event.windows) {
    const step = stepWindow({ name: 'open', window }, { type: 'tick' }, turn.now.wall, turn.tables.window);
    carryWindow(turn, step);
  }
  restoreRolls(turn, event);
  const stored = new Map(knownOf(turn, event).map((one) => [one.id, one]));
  for (const instance of world.instances.values()) {
    turn.effects.push({
      type: 'log-open',
      instance: instance.id,
      service: instance.service,
      logging: instance.plan.logging,
    });
  }
  for (const instance of world.instances.values()) {
    restoreInstance(turn, instance, stored.get(instance.id) ?? null, event);
    stored.delete(instance.id);
  }
  // The budget goes on too: a daemon in a crash loop must not hand out a new one each time.
  world.budget = [...world.instances.values()].flatMap(({ life }) => life.restart.attempts).sort((a, b) => a - b);
  for (const gone of stored.keys()) turn.effects.push({ type: 'remove', instance: gone });
  for (const tree of event.trees) {
    if (!world.instances.has(tree.instance)) purge(turn, tree);
  }
  for (const { instance, incarnation } of event.exits) {
    if (!world.instances.has(instance)) forget(turn, instance, incarnation);
  }
  resumeRolls(turn);
  bootChecks(turn, event);
  if (event.incidents !== null) world.incidents = event.incidents;
  touchAll(turn);
}

/** What was being stopped is left as it is by a daemon that touches nothing: it is seen anew. */
function knownOf({ world }: Turn, { stored }: Boot): Boot['stored'] {
  return world.plan.observe ? stored.filter(({ life }) => life.phase !== 'stopping') : stored;
}

function restoreInstance(
  turn: Turn,
  instance: InstanceState,
  stored: Boot['stored'][number] | null,
  event: Boot,
): void {
  const foreign = instance.plan.foreign !== null;
  const own = event.trees.filter((tree) => tree.instance === instance.id);
  const trees = foreign ? believedTrees(stored, event.sameBoot) : own;
  if (foreign) for (const tree of own) purge(turn, tree);
  const newest = trees.filter((tree) => tree.leader !== null).sort((a, b) => b.incarnation - a.incarnation)[0];
  const exits = event.exits.filter((one) => one.instance === instance.id).sort((a, b) => b.incarnation - a.incarnation);
  const exit = exits[0] ?? null;
  watch(turn, instance);
  for (const tree of trees) {
    if (tree === newest) turn.effects.push({ type: 'adopt', tree, keepExit: keepsExit(instance.plan) });
    else if (tree.leader !== null || instance.plan.killMode !== 'process') purge(turn, tree);
  }
  const before = stored?.life ?? instance.life;
  const goesOn = event.sameBoot && newest !== undefined && newest.incarnation === before.incarnation;
  instance.health = goesOn ? (stored?.health ?? null) : null;
  instance.remedy = restoreRemedy(stored?.remedy, goesOn);
  const leader = newest?.leader ?? null;
  if (newest !== undefined && leader !== null) {
    turn.effects.push({ type: 'log-begin', instance: instance.id, incarnation: newest.incarnation });
    if (instance.plan.ready.by === 'log' && stored?.life.phase !== 'ready') {
      turn.effects.push({ type: 'log-watch', instance: instance.id, pattern: instance.plan.ready.pattern });
    }
  }
  const moved = restoreLife(
    stored?.life ?? null,
    {
      leader: newest !== undefined && leader !== null ? { incarnation: newest.incarnation, identity: leader } : null,
      exit: exit === null ? null : { incarnation: exit.incarnation, exit: exit.exit },
      sameBoot: event.sameBoot,
    },
    lifeContext(turn, instance),
  );
  // The machines of an incarnation of another daemon's time are not running here: begin from outside.
  carry(turn, instance, { ...before, phase: 'stopped' }, moved);
  // No number is given twice while anything tells of its first bearer.
  const newestSeen = Math.max(0, ...[...trees, ...exits].map((one) => one.incarnation));
  if (instance.life.identity === null && instance.life.incarnation < newestSeen)
    instance.life = { ...instance.life, incarnation: newestSeen };
  turn.effects.push({ type: 'save', instance: instance.id });
  if (instance.life.adopted) {
    // The plan may have changed just before the other daemon died.
    limit(turn, instance);
    record(
      turn,
      'instance.adopted',
      `${label(turn, instance)}: adopted, pid ${instance.life.identity?.pid ?? '?'}`,
      instance,
      {
        pid: instance.life.identity?.pid ?? null,
      },
    );
  }
  for (const old of exits) forget(turn, instance.id, old.incarnation);
}

/** Ends a tree that should not be there; nothing new of its instance starts before it is gone. */
function purge(turn: Turn, tree: ObservedTree): void {
  if (turn.world.plan.observe) return;
  const { instance, incarnation } = tree;
  const purging = turn.world.purging.get(instance) ?? new Set<number>();
  turn.world.purging.set(instance, purging.add(incarnation));
  turn.effects.push({ type: 'adopt', tree, keepExit: false }, { type: 'kill', instance, incarnation });
  record(turn, 'instance.exited', `${instance}: ending a leftover of incarnation ${incarnation}`, null, {
    instance,
    incarnation,
    pids: tree.members.map((member) => member.pid),
  });
}

/** Whether the tree of an incarnation is being ended because it should not be there. */
export function isPurging(turn: Turn, instance: InstanceId, incarnation: number): boolean {
  return turn.world.purging.get(instance)?.has(incarnation) === true;
}

/** A tree that was being purged is empty. */
export function purged(turn: Turn, instance: InstanceId, incarnation: number): void {
  const purging = turn.world.purging.get(instance);
  purging?.delete(incarnation);
  if (purging?.size === 0) turn.world.purging.delete(instance);
  turn.effects.push({ type: 'forget', instance, incarnation });
  turn.touched.add(instance);
}
