import type { Observation } from '../ports/index.ts';
import type { SimProcess } from './machine.ts';
import type { Simulation } from './simulation.ts';

/** The longest readiness timeout of those that a program is expected to keep, ms. */
const WITNESS_MS = 60_000;

/** A healthcheck: it passes unless the newest leader of the instance hangs; what ails passes with a warning. */
export function probeInstance({ machine, clock, random }: Simulation, instance: string): Promise<Observation> {
  let newest: SimProcess | null = null;
  for (const one of machine.processes.values()) {
    if (one.instance === instance && one.leader && (newest === null || one.incarnation > newest.incarnation))
      newest = one;
  }
  const young = newest !== null && clock.mono - newest.startedAt < (newest.behaviour.readyAfter ?? Infinity);
  const good = newest !== null && !newest.hanging && !young;
  // Not while it gets ready: a witness that fails all the time would keep it from being seen.
  const settled = newest !== null && clock.mono - newest.startedAt > WITNESS_MS;
  if (newest?.ailing === true && settled && random.chance(0.2))
    return Promise.resolve({ status: 'unknown', message: 'the witness fails', latencyMs: 1 });
  const status = !good ? 'fail' : newest?.ailing === true ? 'warn' : 'pass';
  return Promise.resolve({ status, message: good ? 'ok' : 'no answer', latencyMs: 1 });
}
