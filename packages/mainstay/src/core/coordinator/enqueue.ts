import type { ServicePlan } from '../plan/index.ts';
import type { Roll } from '../rolling/index.ts';
import { instancesOf } from './instances.ts';
import { record, type Turn } from './turn.ts';
import type { InstanceState, ServiceState } from './types.ts';

/** A planned restart of a service with several instances: those that are up, one by one. */
export function rollOver(turn: Turn, service: ServiceState, reason: string): void {
  const instances = instancesOf(turn.world, service.plan.name);
  const left = instances.filter(isUp).map((one) => one.index);
  const fallen = instances.filter((one) => !isUp(one)).map((one) => one.index);
  if (left.length > 0)
    enqueueRoll(turn, service, { to: service.plan, reason, batch: turn.world.rollSeq + 1, left, fallen });
}

const isUp = ({ life }: InstanceState): boolean => life.phase === 'ready' || life.phase === 'running';

/** Puts a reload of one service behind those that are under way; one of the same service is enough. */
export function enqueueRoll(
  turn: Turn,
  { plan: from }: ServiceState,
  given: Pick<Roll, 'reason' | 'batch' | 'left' | 'fallen'> & { to: ServicePlan },
): void {
  const { world } = turn;
  if (world.rolls.has(from.name)) {
    record(turn, 'intent.restart', `${from.name}: is being reloaded already; not once more (${given.reason})`);
    return;
  }
  world.rollSeq += 1;
  world.rolls.set(from.name, {
    name: 'queued',
    seq: world.rollSeq,
    service: from.name,
    from,
    same: JSON.stringify(from) === JSON.stringify(given.to),
    stored: false,
    changed: [],
    current: null,
    due: turn.now.mono,
    watchedFrom: turn.now.mono,
    failure: null,
    ...given,
  });
  saveRolls(turn);
}

/** Writes down how far they are. A new one begins only when it is told that this was done. */
export function saveRolls(turn: Turn): void {
  const rolls = [...turn.world.rolls.values()];
  const unsaved = rolls.filter((one) => !one.stored).map((one) => one.seq);
  turn.effects.push({ type: 'save-rolls', confirm: unsaved.length === 0 ? null : Math.max(...unsaved) });
}
