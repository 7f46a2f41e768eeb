import { instancesOf, type World } from '../core/coordinator/index.ts';
import { logFileName } from '../core/log/index.ts';
import type { InstanceFacts } from '../ports/index.ts';

/** The instances of a service, for checks that look at one; null: there is no such service. */
export function instanceFacts(world: World, service: string, logDirectory: string): InstanceFacts[] | null {
  const found = world.services.get(service);
  if (found === undefined) return null;
  const streams = found.plan.logging.split ? (['out', 'err'] as const) : [null];
  const logs = streams.map((stream) => `${logDirectory}/${logFileName(service, stream)}`);
  return instancesOf(world, service).map(({ id, life, plan }) => ({
    instance: id,
    pid: life.identity?.pid ?? null,
    resources: plan.resources,
    logs,
  }));
}
