import type { InstanceId } from '@mainstay/protocol';
import { LATE_MS } from '../machine/index.ts';
import { buildGraph } from '../order/index.ts';
import { stepRoll, type Roll, type RollEffect, type RollEvent, type RollOutcome } from '../rolling/index.ts';
import { scale } from './apply.ts';
import { driveLife } from './drive.ts';
import { saveRolls } from './enqueue.ts';
import { restartFollowers } from './follow.ts';
import { toBeStopped } from './permission.ts';
import { settle } from './settle.ts';
import { otherDown, othersStayAt, othersUp, sightsOf, standing } from './sights.ts';
import { label, record, touch, touchAll, type Turn } from './turn.ts';
import type { InstanceState } from './types.ts';

/** Goes on with the rolling reloads as far as it is possible now. */
export function advanceRolls(turn: Turn): void {
  const { rolls } = turn.world;
  for (const service of rolls.keys()) {
    for (let moved = true; moved;) {
      const roll = rolls.get(service);
      const event = roll === undefined ? null : eventOf(turn, roll);
      moved = roll !== undefined && event !== null && driveRoll(turn, roll, event);
      if (moved) settle(turn);
    }
  }
  for (const roll of rolls.values()) armRoll(turn, roll);
}

/** Drives one; answers whether anything changed. */
export function driveRoll(turn: Turn, roll: Roll, event: RollEvent): boolean {
  const context = { now: turn.now.mono, sights: sightsOf(turn, roll) };
  const outcome = stepRoll(roll, event, context, turn.tables.roll);
  if (outcome.kind === 'impossible')
    record(turn, 'machine.impossible', `reload of ${roll.service}: ${event.type} in ${roll.name}: ${outcome.reason}`);
  if (outcome.kind !== 'stepped') return false;
  const { state, effects } = outcome;
  if (effects.length === 0 && JSON.stringify(state) === JSON.stringify(roll)) return false;
  turn.world.rolls.set(roll.service, state);
  for (const effect of effects) carryEffect(turn, state, effect);
  saveRolls(turn);
  return true;
}

/** What is to be told to a reload as things are; null: nothing. */
function eventOf(turn: Turn, roll: Roll): RollEvent | null {
  const { world, now } = turn;
  const service = world.services.get(roll.service);
  if (service === undefined) return { type: 'cancel', reason: 'it is no longer in the plan' };
  const touches = roll.current !== null || roll.left.length > 0 || roll.changed.length > 0;
  if (roll.name !== 'keeping' && touches && toBeStopped(world, service))
    return { type: 'cancel', reason: world.goal === 'down' ? 'mainstay goes down' : 'it was stopped by the operator' };
  if (roll.name === 'keeping') return null;
  if (roll.name === 'queued') {
    const [first] = world.rolls.values();
    return roll.stored && first === roll ? { type: 'begin' } : null;
  }
  const overdue = now.mono >= roll.due;
  // The daemon stood still: what happened meanwhile is not heard yet.
  if (overdue && now.mono - roll.due > LATE_MS) return { type: 'resume' };
  if (roll.current === null) {
    const down = otherDown(turn, roll);
    if (down !== null && (overdue || down.forGood)) return { type: 'fell', index: down.index, reason: down.reason };
    return { type: 'look' };
  }
  const { index } = roll.current;
  const seen = standing(turn, roll);
  if (seen.kind === 'stands') return { type: 'stood' };
  if (seen.kind === 'unseen' && othersUp(turn, roll) && now.mono >= othersStayAt(turn, roll)) return { type: 'again' };
  if (seen.kind === 'fell') return { type: 'fell', index, reason: seen.reason };
  return overdue
    ? {
        type: 'fell',
        index,
        reason: `it does not get ready in time (${seen.kind === 'pending' ? seen.reason : 'nobody saw it'})`,
      }
    : null;
}

function carryEffect(turn: Turn, roll: Roll, effect: RollEffect): void {
  const { service } = roll;
  switch (effect.type) {
    case 'began':
      began(turn, roll);
      return;
    case 'replace': {
      const instance = instanceOf(turn, roll, effect.index);
      if (instance === undefined) return;
      const what = roll.same ? 'restarted' : effect.plan === 'to' ? 'goes over to the new plan' : 'goes back';
      record(turn, 'reload.replacing', `${label(turn, instance)}: ${what}`, instance, { plan: effect.plan });
      beginAfresh(turn, instance, effect.plan === 'to' ? roll.reason : 'back to the old plan');
      turn.touched.add(instance.id);
      return;
    }
    case 'stands': {
      const instance = instanceOf(turn, roll, effect.index) ?? null;
      const name = instance === null ? service : label(turn, instance);
      const back = effect.plan === 'from' ? ' under the old plan again' : '';
      record(turn, 'reload.replaced', `${name}: stands${back}`, instance, { plan: effect.plan });
      return;
    }
    case 'fallen': {
      const instance = instanceOf(turn, roll, effect.index) ?? null;
      const name = instance === null ? service : label(turn, instance);
      record(turn, 'reload.failed', `${name}: does not stand: ${effect.reason}`, instance, {
        exit: instance?.life.lastExit ?? null,
      });
      return;
    }
    case 'keep':
      commit(turn, roll);
      return;
    case 'ended':
      ended(turn, roll, effect);
  }
}

function began(turn: Turn, roll: Roll): void {
  const instances = roll.left.length + (roll.current === null ? 0 : 1);
  const several =
    instances === 1 ? 'its one instance; there is a gap until it is ready' : `${instances} instances, one by one`;
  const what = instances === 0 ? 'nothing runs of it' : several;
  record(turn, 'reload.started', `${roll.service}: reload (${roll.reason}): ${what}`, null, {
    service: roll.service,
    seq: roll.seq,
    instances,
    same: roll.same,
  });
}

/** Begins a new incarnation, from whatever phase: asked for, so without a past and outside the restart budget. */
function beginAfresh(turn: Turn, instance: InstanceState, reason: string): void {
  // A start that nobody asked for, and still waits, becomes one that was.
  if (instance.life.phase === 'waiting') driveLife(turn, instance, { type: 'stop', now: false, reason });
  driveLife(turn, instance, { type: 'restart', reason });
}

/** All instances run the new plan: it is the service's from now on. */
function commit(turn: Turn, roll: Roll): void {
  adoptPlan(turn, roll);
  turn.effects.push({ type: 'keep-plan', plan: turn.world.plan, service: roll.service, seq: roll.seq });
  touchAll(turn);
}

/** The new plan of a reload becomes part of the plan of the whole. */
export function adoptPlan(turn: Turn, { service: name, to }: Roll): void {
  const { world } = turn;
  const service = world.services.get(name);
  if (service === undefined) return;
  world.plan = { ...world.plan, services: world.plan.services.map((one) => (one.name === name ? to : one)) };
  service.plan = to;
  turn.graph = buildGraph(world.plan.services);
  scale(turn, service, to);
}

function ended(turn: Turn, roll: Roll, { outcome, reason }: Extract<RollEffect, { type: 'ended' }>): void {
  const { world } = turn;
  world.rolls.delete(roll.service);
  world.rollTimers.delete(roll.service);
  turn.effects.push({ type: 'disarm', key: `roll:${roll.service}` });
  record(turn, 'reload.ended', `${roll.service}: ${said(outcome, reason)}`, null, {
    service: roll.service,
    seq: roll.seq,
    outcome,
    reason,
  });
  touch(turn, roll.service);
  if (outcome === 'rolled-back' || outcome === 'stopped') {
    for (const other of world.rolls.values()) {
      if (other.batch !== roll.batch || other.name !== 'queued') continue;
      driveRoll(turn, other, { type: 'cancel', reason: `${roll.service} could not be reloaded` });
    }
  }
  if (outcome !== 'cancelled') restartFollowers(turn, roll.service, `${roll.service} was restarted`);
}

function said(outcome: RollOutcome, reason: string | null): string {
  const why = reason === null ? '' : `: ${reason}`;
  switch (outcome) {
    case 'done':
      return 'reloaded';
    case 'rolled-back':
      return `reload rolled back; the old plan stays${why}`;
    case 'stopped':
      return `restart stopped; the rest was left alone${why}`;
    case 'cancelled':
      return `reload cancelled; the old plan stays${why}`;
  }
}

/** Looks again when what is waited for is due. */
function armRoll(turn: Turn, roll: Roll): void {
  if (roll.name !== 'forward' && roll.name !== 'back') return;
  const seen = roll.current === null ? null : standing(turn, roll);
  const stays = seen?.kind === 'unseen' ? othersStayAt(turn, roll) : null;
  const proven = seen?.kind === 'pending' ? seen.provenAt : stays !== null && stays > turn.now.mono ? stays : null;
  const at = proven === null ? roll.due : Math.min(proven, roll.due);
  if (turn.world.rollTimers.get(roll.service) === at) return;
  turn.world.rollTimers.set(roll.service, at);
  turn.effects.push({ type: 'arm', key: `roll:${roll.service}`, afterMs: Math.max(0, at - turn.now.mono) });
}

function instanceOf(turn: Turn, { service }: Roll, index: number): InstanceState | undefined {
  return turn.world.instances.get(`${service}/${index}` satisfies InstanceId);
}
