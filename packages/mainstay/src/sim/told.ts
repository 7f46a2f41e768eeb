import { dependencyState, type World } from '../core/coordinator/index.ts';
import type { Simulation } from './simulation.ts';

/** What waits says for what: a dependency that gave up is named, with the words that say so. */
export function checkTold(sim: Simulation, world: World): void {
  for (const { id, life, plan, retired, hidden } of world.instances.values()) {
    if (life.phase !== 'waiting' || hidden !== null || retired !== null || world.purging.has(id)) continue;
    if (life.reason?.startsWith('maintenance') === true) continue;
    const unmet = plan.dependsOn.filter((one) => dependencyState(world, one).kind !== 'met');
    const [only] = unmet;
    if (only === undefined || unmet.length > 1) continue;
    const service = world.services.get(only.service);
    if (service === undefined || service.desired === 'stopped') continue;
    const phases = service.instances.map((one) => world.instances.get(one)?.life.phase);
    const gaveUp = phases.every((phase) => phase === 'fatal' || phase === 'cooldown' || phase === 'unkillable');
    const expected = gaveUp ? `${only.service} gave up` : `waiting for ${only.service}`;
    if (life.reason?.startsWith(expected) !== true)
      sim.invariants.add('dependents are told', `${id} says "${life.reason ?? ''}", not "${expected}"`);
  }
}
