/** What the tests of the store share. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClock } from '../../../src/host/clock/index.ts';

export { temporaryDirectory } from './temporary.ts';

export const clock = createClock();

/** Waits for a condition that must come; the deadline is generous, for a loaded machine. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`did not happen: ${what}`);
    await sleep(10);
  }
}

/** From `SEED=` or fresh; printed, so that a failure can be repeated. */
export function seed(name: string): number {
  const given = process.env['SEED'];
  const value = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  console.log(`${name}: SEED=${value}`);
  return value;
}

/** Whole numbers below a bound, from a printed seed (a linear congruential generator: Numerical Recipes, 2nd ed., 7.1). */
export function random(name: string): (below: number) => number {
  let state = seed(name);
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
