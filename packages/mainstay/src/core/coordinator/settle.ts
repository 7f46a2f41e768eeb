import { LIVE_PHASES, type Phase } from '@mainstay/protocol';
import { takeRestart } from '../budget/index.ts';
import { planToRun } from '../rolling/index.ts';
import { driveLife } from './drive.ts';
import { changePlan, release } from './foreign.ts';
import { isLeftRunning } from './untouchable.ts';
import { heldBecause, stopHeld, toBeStopped } from './permission.ts';
import { touchAll, type Turn } from './turn.ts';
import type { InstanceState, ServiceState } from './types.ts';

/** Looks at everything touched until nothing more follows from anything. */
export function settle(turn: Turn): void {
  for (const id of turn.touched) {
    turn.touched.delete(id);
    const instance = turn.world.instances.get(id);
    if (instance !== undefined) settleInstance(turn, instance);
  }
}

function settleInstance(turn: Turn, instance: InstanceState): void {
  const { world } = turn;
  const service = world.services.get(instance.service);
  if (instance.retired !== null || service === undefined) {
    settleRetired(turn, instance);
    return;
  }
  if (!LIVE_PHASES.has(instance.life.phase)) takePlan(turn, instance, service);
  if (toBeStopped(world, service)) {
    settleStop(turn, instance, world.hurry, world.goal === 'down' ? 'mainstay goes down' : 'stopped by the operator');
    return;
  }
  if (instance.life.phase === 'stopped') driveLife(turn, instance, { type: 'start', reason: 'starting' });
  if (instance.life.phase === 'waiting') permit(turn, instance);
}

/** What does not live takes the plan under which it is to begin: that of its service, or of a reload on its way. */
function takePlan(turn: Turn, instance: InstanceState, service: ServiceState): void {
  const roll = turn.world.rolls.get(instance.service);
  const wanted = roll === undefined ? service.plan : planToRun(roll, instance.index);
  if (instance.plan === wanted) return;
  if (JSON.stringify(instance.plan.logging) !== JSON.stringify(wanted.logging))
    turn.effects.push({ type: 'log-configure', instance: instance.id, logging: wanted.logging });
  changePlan(turn, instance, wanted);
  // Its next incarnation is watched by the rules of this plan from the beginning.
  instance.health = null;
}

/** Something may live, and can be ended. */
const MAY_BE_LEFT: ReadonlySet<Phase> = new Set(['starting', 'running', 'ready', 'stopping']);

function settleStop(turn: Turn, instance: InstanceState, now: boolean, reason: string): void {
  const { phase, after } = instance.life;
  if (phase === 'stopped') return;
  if (MAY_BE_LEFT.has(phase) && isLeftRunning(turn.world, instance)) {
    release(turn, instance, reason);
    return;
  }
  if ((phase === 'stopping' || phase === 'unkillable') && after?.do === 'stop') return;
  if (!now && LIVE_PHASES.has(phase) && isHeld(turn, instance.service)) return;
  driveLife(turn, instance, { type: 'stop', now, reason });
}

const isHeld = ({ world, graph }: Turn, service: string): boolean =>
  stopHeld(world, service, graph.dependents(service));

function settleRetired(turn: Turn, instance: InstanceState): void {
  settleStop(turn, instance, turn.world.hurry, instance.retired ?? 'no longer in the plan');
  if (instance.life.phase !== 'stopped') return;
  turn.world.instances.delete(instance.id);
  if (instance.plan.foreign !== null) turn.effects.push({ type: 'unwatch', instance: instance.id });
  turn.effects.push({ type: 'log-close', instance: instance.id }, { type: 'remove', instance: instance.id });
  // Its number may be wanted again by now.
  touchAll(turn);
}

function permit(turn: Turn, instance: InstanceState): void {
  const { world } = turn;
  const held = heldBecause(world, instance);
  if (held !== null) {
    driveLife(turn, instance, { type: 'held', reason: held });
    return;
  }
  if (instance.life.unasked) {
    const { state, waitMs } = takeRestart(world.budget, world.plan.restartBudget, turn.now.mono);
    world.budget = state;
    if (waitMs > 0) {
      driveLife(turn, instance, { type: 'held', reason: 'the restart budget of the host is used up' });
      if (!world.budgetTimer) turn.effects.push({ type: 'arm', key: 'budget', afterMs: waitMs });
      world.budgetTimer = true;
      return;
    }
  }
  driveLife(turn, instance, { type: 'permitted' });
}
