import type { Effect, World } from '../core/coordinator/index.ts';
import type { DaemonPorts } from './ports.ts';

/** Tells other tools of a failure: process_status.json. `wall` is UTC ms. */
export function tellFailure(
  ports: Pick<DaemonPorts, 'failed'>,
  { instance, incarnation, exit, reason }: Extract<Effect, { type: 'failure' }>,
  world: World,
  wall: number,
): void {
  const process = world.instances.get(instance)?.service ?? instance;
  ports.failed({ process, instance, incarnation, exit, reason, at: wall }, world.plan.processStatusFile);
}
