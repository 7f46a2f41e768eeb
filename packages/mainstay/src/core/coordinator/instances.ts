import { healthOf } from '../health/index.ts';
import type { InstanceState, World } from './types.ts';

/** The instances of a service that there are, by their numbers; none when there is no such service. */
export function instancesOf(world: World, service: string): InstanceState[] {
  const ids = world.services.get(service)?.instances ?? [];
  return ids.flatMap((id) => world.instances.get(id) ?? []);
}

/** It does its work, as far as anybody knows. */
export function doesItsWork({ life, health }: InstanceState): boolean {
  return life.phase === 'ready' && (health === null || healthOf(health.mode) !== 'unhealthy');
}

/** It does not come back by itself, or not soon: what waits for it waits for nothing. */
export function hasGivenUp({ life }: InstanceState): boolean {
  return life.phase === 'fatal' || life.phase === 'cooldown' || life.phase === 'unkillable';
}
