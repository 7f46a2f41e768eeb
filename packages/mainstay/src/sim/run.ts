import type { SimOptions, SimResult } from './options.ts';
import { Simulation } from './simulation.ts';

export type { SimOptions, SimResult } from './options.ts';

/** Quiet time after the faults, in which everything desired and possible must come up: longer than any cooldown. */
const QUIET_MS = 15 * 60_000;

/**
 * Runs one simulated system through `faults` faults and a quiet time after them.
 * The same seed gives the same run, step for step.
 */
export async function simulate(options: SimOptions): Promise<SimResult> {
  const simulation = new Simulation(options);
  await simulation.begin();
  while (simulation.faults < options.faults && simulation.invariants.violations.length === 0) {
    await simulation.trouble();
    await simulation.advance(simulation.pause());
    simulation.checkNow();
  }
  await simulation.calm();
  await simulation.advance(QUIET_MS);
  simulation.checkEnd();
  return simulation.result();
}
