import type { Plan } from '../core/plan/index.ts';
import { drawPlan } from './plan.ts';
import { SeededRandom } from './random.ts';
import type { SimOptions } from './options.ts';
import { Simulation } from './simulation.ts';
import { TROUBLES, type Trouble } from './troubles.ts';

/** What makes a difference that no daemon can undo: an operator's word is lost, or the time of day. */
const LASTING = new Set(['store damaged', 'clock set']);
const FATAL_TO_DAEMONS = new Set(['reboot', 'power cut']);
const KINDS = TROUBLES.filter((one) => !LASTING.has(one.name));
const QUIET_MS = 15 * 60_000;

/**
 * Plays the same faults and commands twice, once with the deaths of the daemon and once without them.
 * What it comes to must be the same. Answers both ends, a line for each service.
 */
export async function playTwins(options: Omit<SimOptions, 'plan'>): Promise<{ dying: string[]; living: string[] }> {
  return { dying: await play(options, true), living: await play(options, false) };
}

async function play(options: Omit<SimOptions, 'plan'>, dying: boolean): Promise<string[]> {
  const sim = new Simulation({ ...options, plan: steadyPlan(options.seed) });
  await sim.begin();
  for (let step = 1; step <= options.faults; step += 1) {
    const script = new SeededRandom(options.seed * 1_000 + step);
    const kind = script.pick(KINDS);
    const seed = script.between(0, 2 ** 31);
    const pause = script.pick([script.between(0, 50), script.between(50, 5_000), script.between(5_000, 120_000)]);
    sim.faults = step;
    if (dying || (kind.by !== 'daemon' && !FATAL_TO_DAEMONS.has(kind.name))) await inject(sim, kind, seed);
    await sim.advance(pause);
  }
  await sim.calm();
  await sim.advance(QUIET_MS);
  return endOf(sim);
}

/** The step of a script: drawn from its own seed, so that it is the same for both. */
async function inject(sim: Simulation, kind: Trouble, seed: number): Promise<void> {
  const drawn = (): boolean => {
    sim.random.reseed(seed);
    return sim.inject(kind);
  };
  if (kind.by !== 'operator') {
    drawn();
    return;
  }
  await sim.operator.ended();
  await sim.operator.insist(drawn);
  await sim.operator.ended();
}

function endOf(sim: Simulation): string[] {
  if (sim.daemon === null) return ['no daemon runs'];
  const { world, graph } = sim.daemon.coordinator;
  return [...world.services.values()].map(({ plan, desired, instances }) => {
    const phases = instances.map((id) => world.instances.get(id)?.life.phase);
    // What runs, runs on when the operator stops what it needs; but it cannot be started again.
    const needed = graph.closure([plan.name]).filter((name) => name !== plan.name);
    if (desired === 'running' && needed.some((name) => world.services.get(name)?.desired === 'stopped'))
      return `${plan.name} is to be running: as far as it can without what is stopped`;
    return `${plan.name} is to be ${desired}: ${phases.join(' ')}`;
  });
}

/** A drawn system in which nothing is given up for good, so that its end does not hang on who failed when. */
function steadyPlan(seed: number): Plan {
  const plan = drawPlan(new SeededRandom(seed));
  return {
    ...plan,
    services: plan.services.map((service) => ({
      ...service,
      restart: service.type === 'task' ? 'on-failure' : 'always',
      // Of what is only told, the end hangs on whether something else has restarted it.
      healthcheck: service.healthcheck && { ...service.healthcheck, onFailure: 'restart' as const },
      restartPolicy: { ...service.restartPolicy, cooldown: 30_000, successExitCodes: [], fatalExitCodes: [] },
    })),
  };
}
