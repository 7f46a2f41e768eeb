/**
 * How much virtual time the simulator plays in a second, with faults and in quiet, and how that compares with a floor:
 * the same virtual clock with as many callbacks that do nothing.
 *
 *   node benchmarks/simulator.ts
 */
import { Simulation, simulate } from '../packages/mainstay/src/sim/index.ts';
import { VirtualClock } from '../packages/mainstay/src/sim/clock.ts';

const YEAR_MS = 365 * 86_400_000;
const SYSTEMS = 20;

async function quiet(): Promise<{ virtualMs: number; steps: number; seconds: number }> {
  let [virtualMs, steps] = [0, 0];
  const began = performance.now();
  for (let seed = 1; seed <= SYSTEMS; seed += 1) {
    const sim = new Simulation({ seed, faults: 0 });
    const { clock } = sim;
    const step = clock.step.bind(clock);
    clock.step = (until) => {
      steps += 1;
      return step(until);
    };
    sim.troubled = 0;
    await sim.begin();
    await sim.advance(3_600_000);
    virtualMs += clock.mono;
  }
  return { virtualMs, steps, seconds: (performance.now() - began) / 1000 };
}

/** As many steps of an empty clock. */
async function floor(steps: number): Promise<number> {
  const clock = new VirtualClock();
  const again = (): void => void clock.at(1, again);
  again();
  const began = performance.now();
  for (let n = 0; n < steps; n += 1) {
    clock.step(Infinity);
    await Promise.resolve();
  }
  return (performance.now() - began) / 1000;
}

const years = (virtualMs: number, seconds: number): string => (virtualMs / YEAR_MS / seconds).toPrecision(3);

let [virtualMs, faults] = [0, 0];
const began = performance.now();
for (let seed = 1; seed <= SYSTEMS; seed += 1) {
  const result = await simulate({ seed, faults: 50 });
  virtualMs += result.virtualMs;
  faults += result.faults;
}
const seconds = (performance.now() - began) / 1000;
console.log(`with faults: ${years(virtualMs, seconds)} virtual years/s, ${Math.round(faults / seconds)} faults/s`);
const calm = await quiet();
const empty = await floor(calm.steps);
console.log(
  `in quiet: ${years(calm.virtualMs, calm.seconds)} virtual years/s, ${Math.round(calm.steps / calm.seconds)} steps/s`,
);
console.log(`${calm.steps} steps of an empty clock: ${empty.toFixed(3)} s; ratio ${(calm.seconds / empty).toFixed(1)}`);
