import { splitInstanceId } from '@mainstay/protocol';
import type { InstanceState } from '../core/coordinator/index.ts';
import { dependencyState } from '../core/coordinator/index.ts';
import type { Simulation } from './simulation.ts';

/** After the quiet time: what is desired and possible runs, what is desired stopped does not, and nothing else lives. */
export function checkEnd(sim: Simulation): void {
  const { daemon, invariants, machine } = sim;
  if (daemon === null) {
    invariants.add('a daemon runs in the end', 'none does');
    return;
  }
  const { world } = daemon.coordinator;
  for (const instance of world.instances.values()) {
    const wants = invariants.wants.get(instance.service);
    const living = [...machine.processes.values()].filter((one) => one.instance === instance.id);
    const leaders = living.filter((one) => one.leader);
    if (wants === 'stopped' && leaders.some(({ outsider }) => !outsider))
      invariants.add('nothing desired stopped runs', instance.id);
    if (wants === 'stopped' && instance.life.phase !== 'stopped')
      invariants.add('every stop ends', `${instance.id} is ${instance.life.phase}`);
    if (wants === 'running' && !isWhereItShould(sim, instance)) {
      invariants.add(
        'what is desired and possible runs',
        `${instance.id} is ${instance.life.phase}: ${instance.life.reason ?? ''}`,
      );
    }
    if (instance.life.phase === 'ready' && leaders.length !== 1) {
      invariants.add('what is called ready lives', `${instance.id} has ${leaders.length} leaders`);
    }
  }
  for (const process of machine.processes.values()) {
    if (!world.instances.has(process.instance)) {
      const { service } = splitInstanceId(process.instance);
      // What something else runs is left where somebody else may have had it first: whoever lost the store cannot tell.
      const isOurs = process.identity.foreign === undefined;
      if (process.leader && isOurs)
        invariants.add('nothing lives that is not in the plan', `${process.instance} of ${service}`);
    }
  }
  for (const { name } of sim.plan.services) {
    if (!world.services.has(name)) invariants.add('a confirmed plan is the plan', `${name} is missing`);
  }
  sim.rolls.checkEnd();
}

function isWhereItShould(sim: Simulation, { life, plan }: InstanceState): boolean {
  switch (life.phase) {
    case 'ready':
    case 'completed':
      return true;
    case 'fatal':
      // Only what is not to be tried again may stay down.
      return (
        plan.restart === 'no' || plan.restartPolicy.fatalExitCodes.length > 0 || plan.restartPolicy.cooldown === null
      );
    case 'waiting': {
      const world = sim.daemon?.coordinator.world;
      return world !== undefined && plan.dependsOn.some((one) => dependencyState(world, one).kind !== 'met');
    }
    default:
      return false;
  }
}
