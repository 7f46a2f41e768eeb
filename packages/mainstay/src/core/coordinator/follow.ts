import { driveLife } from './drive.ts';
import { rollOver } from './enqueue.ts';
import { instancesOf } from './instances.ts';
import { label, record, type Turn } from './turn.ts';
import type { InstanceState } from './types.ts';

/** Services that are to be restarted when one of `names` was. */
export function followersOf(turn: Turn, names: readonly string[]): string[] {
  const followers = names.flatMap((name) =>
    turn.graph
      .dependents(name)
      .filter((one) => turn.graph.dependencies(one).some((d) => d.service === name && d.restart)),
  );
  return followers.filter((name) => !names.includes(name));
}

/** Its planned restarts go from instance to instance. */
export function rolls(turn: Turn, name: string): boolean {
  return (turn.world.services.get(name)?.instances.length ?? 0) > 1;
}

/** Restarts on purpose what runs of the services, one instance after another where there are several. */
export function restartPlanned(turn: Turn, names: readonly string[], reason: string): void {
  for (const name of new Set(names)) {
    const service = turn.world.services.get(name);
    if (service === undefined || service.desired !== 'running') continue;
    if (rolls(turn, name)) {
      rollOver(turn, service, reason);
      continue;
    }
    const runs = instancesOf(turn.world, name).filter(isUp);
    for (const instance of runs) restartOne(turn, instance, reason);
  }
}

const isUp = ({ life }: InstanceState): boolean => life.phase === 'ready' || life.phase === 'running';

export function restartOne(turn: Turn, instance: InstanceState, reason: string): void {
  record(turn, 'intent.restart', `${label(turn, instance)}: restart asked for (${reason})`, instance);
  driveLife(turn, instance, { type: 'restart', reason });
}

/** What says `restart: true` of a service that was restarted on purpose. */
export function restartFollowers(turn: Turn, service: string, reason: string): void {
  restartPlanned(turn, followersOf(turn, [service]), reason);
}
