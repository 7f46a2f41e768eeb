import type { InstanceState, World } from './types.ts';

/** Of what something else runs, until it is first seen: why nothing is done about it. */
export const NOT_SEEN_YET = 'it has not been looked at yet';
/** What `--observe` means, in words. */
const OBSERVED = 'observed only: mainstay starts and ends nothing here';

/** Why nothing may be started or ended of it, whatever happens; null: it may. */
export function untouchable(world: World, { hidden }: InstanceState): string | null {
  return world.plan.observe ? OBSERVED : hidden;
}

/** Whether what lives of it is left running when mainstay no longer looks after it. */
export function isLeftRunning(world: World, instance: InstanceState): boolean {
  if (instance.plan.foreign === null) return false;
  if (world.plan.observe) return true;
  // Whoever could be asked to end it does not answer: an end does not wait for that.
  if (world.goal === 'down' && instance.hidden !== null && instance.hidden !== NOT_SEEN_YET) return true;
  const service = world.services.get(instance.service);
  const byOperator = instance.retired === null && service?.desired === 'stopped';
  return instance.life.found === true && !byOperator;
}
