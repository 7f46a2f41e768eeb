import type { EventType, InstanceId } from '@mainstay/protocol';
import type { RemedyEvent } from '../remedy/index.ts';
import type { Now } from '../world/index.ts';
import type { Graph } from '../order/index.ts';
import type { Tables } from './tables.ts';
import type { Effect, InstanceState, World } from './types.ts';

/** One turn of the coordinator: the world, the moment, and what is gathered on the way. */
export interface Turn {
  world: World;
  graph: Graph;
  now: Now;
  random: () => number;
  tables: Tables;
  effects: Effect[];
  /** Instances whose situation may have changed. */
  touched: Set<InstanceId>;
  /** What was confirmed of checks (by name) and of healthchecks (by id of the instance). */
  remedies: { subject: string; event: RemedyEvent }[];
}

/** Looks again at the instances of a service and of its neighbours in the graph. */
export function touch(turn: Turn, service: string): void {
  const names = [
    service,
    ...turn.graph.dependents(service),
    ...turn.graph.dependencies(service).map((one) => one.service),
  ];
  for (const name of names) {
    for (const id of turn.world.services.get(name)?.instances ?? []) turn.touched.add(id);
  }
}

export function touchAll(turn: Turn): void {
  for (const id of turn.world.instances.keys()) turn.touched.add(id);
}

/** Writes one line into the journal. */
export function record(
  turn: Turn,
  type: EventType,
  message: string,
  about: InstanceState | null = null,
  data: Readonly<Record<string, unknown>> = {},
): void {
  turn.effects.push({
    type: 'record',
    event: { type, instance: about?.id ?? null, incarnation: about?.life.incarnation ?? null, message, data },
  });
}

/** `backend`, or `backend/1` when the service has several instances. */
export function label(turn: Turn, instance: InstanceState): string {
  const several = (turn.world.services.get(instance.service)?.instances.length ?? 1) > 1;
  return several ? instance.id : instance.service;
}
