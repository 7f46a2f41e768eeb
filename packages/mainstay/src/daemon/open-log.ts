import type { Effect, World } from '../core/coordinator/index.ts';
import type { DaemonPorts } from './ports.ts';

/** Opens the log of an instance, with what its plan says of its user and its notifications. */
export function openLog(
  { logs, owner }: DaemonPorts,
  { instances }: World,
  { instance, service, logging }: Extract<Effect, { type: 'log-open' }>,
): void {
  const plan = instances.get(instance)?.plan;
  if (plan === undefined) return;
  const notifies = plan.ready.by === 'notify' || plan.watchdog !== null;
  logs.open(instance, service, logging, {
    owner: plan.foreign === null ? owner(plan) : null,
    followed: plan.foreign !== null,
    notify: notifies ? { ready: plan.ready.by === 'notify', watchdogMs: plan.watchdog } : null,
  });
}
