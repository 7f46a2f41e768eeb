import { splitInstanceId } from '@mainstay/protocol';
import { planOfIncarnation, type Roll } from '../rolling/index.ts';
import { enqueueRoll, saveRolls } from './enqueue.ts';
import { adoptPlan, driveRoll } from './rolls.ts';
import { record, type Turn } from './turn.ts';
import type { Boot, Command, InstanceState } from './types.ts';

/** Takes services for a rolling reload, in the order of their dependencies; they go one after another. */
export function reload(turn: Turn, { services, reason }: Extract<Command, { type: 'reload' }>): void {
  const batch = turn.world.rollSeq + 1;
  const order = turn.graph.order();
  const sorted = [...services].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  for (const to of sorted) {
    const service = turn.world.services.get(to.name);
    if (service === undefined) continue;
    const runs = service.desired === 'running' && turn.world.goal === 'up';
    const all = service.instances.map((_id, index) => index).filter((index) => index < to.instances);
    enqueueRoll(turn, service, { to, reason, batch, left: runs ? all : [], fallen: [] });
  }
}

/** Reloads up to number `seq` are on the disk: they may begin. */
export function rollsStored(turn: Turn, seq: number): void {
  for (const roll of turn.world.rolls.values()) {
    if (!roll.stored && roll.seq <= seq) turn.world.rolls.set(roll.service, { ...roll, stored: true });
  }
}

/** The new plan of a reload is where the next daemon finds it. */
export function planKept(turn: Turn, service: string, seq: number): void {
  const roll = turn.world.rolls.get(service);
  if (roll?.seq === seq) driveRoll(turn, roll, { type: 'kept' });
}

/**
 * Takes over the reloads of an earlier daemon, before its instances are. One whose plan is not the one that it
 * began from any more is not continued.
 */
export function restoreRolls(turn: Turn, event: Boot): void {
  const { world } = turn;
  for (const stored of event.rolls) {
    world.rollSeq = Math.max(world.rollSeq, stored.seq);
    const service = world.services.get(stored.service);
    const plan = JSON.stringify(service?.plan);
    const goesOn = plan === JSON.stringify(stored.from) || plan === JSON.stringify(stored.to);
    if (service === undefined || !goesOn) {
      record(
        turn,
        'reload.ended',
        `${stored.service}: reload not continued: another plan was given meanwhile; instances ${stored.changed.join(', ') || 'none'} may run the one of the reload until they are restarted`,
        null,
        { service: stored.service, seq: stored.seq, outcome: 'cancelled', reason: 'another plan was given meanwhile' },
      );
      saveRolls(turn);
      continue;
    }
    const known: Roll = { ...stored, stored: true, ...(stored.name === 'keeping' ? {} : { from: service.plan }) };
    const roll = inDoubt(known, event);
    world.rolls.set(roll.service, roll);
    if (roll.name === 'keeping') adoptPlan(turn, roll);
    for (const id of service.instances) {
      const instance = world.instances.get(id);
      if (instance !== undefined) instance.plan = planOfIncarnation(roll, instance.index, newestOf(event, instance));
    }
  }
}

/**
 * What runs an incarnation that the last daemon did not write down may run either plan (it may have been on its way
 * back already): it goes over once more, and back with the others.
 */
function inDoubt(roll: Roll, event: Boot): Roll {
  if (roll.name !== 'forward') return roll;
  const doubted = event.trees.flatMap(({ instance, incarnation }) => {
    const { service, index } = splitInstanceId(instance);
    const written = event.stored.find((one) => one.id === instance)?.life.incarnation ?? 0;
    // The first one of what is being replaced can only run the new plan.
    const first = roll.current?.index === index ? roll.current.since + 1 : 0;
    return service === roll.service && incarnation > Math.max(written, first) ? [index] : [];
  });
  const union = (list: readonly number[]): number[] => [...new Set([...list, ...doubted])];
  const current = roll.current !== null && doubted.includes(roll.current.index) ? null : roll.current;
  return { ...roll, current, left: union(roll.left), changed: union(roll.changed) };
}

/** The number of the newest incarnation that anything tells of. */
function newestOf(event: Boot, { id }: InstanceState): number {
  const seen = [...event.trees, ...event.exits].filter((one) => one.instance === id).map((one) => one.incarnation);
  return Math.max(0, event.stored.find((one) => one.id === id)?.life.incarnation ?? 0, ...seen);
}

/** What is waited for gets a fresh period: time passed that nobody observed, or another daemon did. */
export function resumeRolls(turn: Turn): void {
  for (const roll of turn.world.rolls.values()) driveRoll(turn, roll, { type: 'resume' });
}
