import { splitInstanceId } from '@mainstay/protocol';
import { mayBeLeft } from './foreign.ts';
import type { SimProcess } from './machine.ts';
import type { Simulation } from './simulation.ts';

/** A start this recent may have been under way when it was stopped for another reason, ms. */
const FRESH_MS = 15_000;

/** An orderly end: what is blameless gets its first signal when nothing that depends on it lives any more. */
export function checkOrder(sim: Simulation, process: SimProcess): void {
  const first = !process.signalled;
  process.signalled = true;
  const { ending } = sim.operator;
  if (ending === null || ending.now || !first || !process.leader || process.hanging) return;
  if (sim.clock.mono - process.startedAt < FRESH_MS) return;
  const { service } = splitInstanceId(process.instance);
  const dependents = sim.plan.services.filter((one) => one.dependsOn.some((needed) => needed.service === service));
  for (const other of sim.machine.processes.values()) {
    const { service: name, index } = splitInstanceId(other.instance);
    const plan = dependents.find((one) => one.name === name);
    if (plan === undefined || !other.leader || index >= plan.instances) continue;
    // What mainstay did not start, or cannot end, is left running.
    if (mayBeLeft(sim, other)) continue;
    // What cannot be killed is waited for by nobody.
    if (other.behaviour.unkillableFor > 0) continue;
    sim.invariants.add('dependents end first', `${process.instance} before ${other.instance}`);
  }
}
