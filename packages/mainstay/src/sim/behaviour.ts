import type { ServicePlan } from '../core/plan/index.ts';
import type { SpawnFailure, SpawnSpec } from '../ports/index.ts';
import type { Behaviour } from './machine.ts';
import type { SeededRandom } from './random.ts';

/** A program that does what it should: gets ready, runs on (a task: succeeds), ends when asked. */
export function benign(random: SeededRandom, spec: SpawnSpec): Behaviour {
  const task = spec.service.type === 'task';
  return {
    readyAfter: random.between(1, 2_000),
    endsAfter: task ? random.between(10, 3_000) : null,
    exit: { code: 0, signal: null, known: true },
    ignoresTerm: false,
    unkillableFor: 0,
    escapees: 0,
    escapeesIgnoreTerm: false,
    hangsAfter: null,
    growsAfter: null,
    stopsIn: random.between(0, 500),
  };
}

/** A program with one or more of the faults that programs have. */
export function troubled(random: SeededRandom, spec: SpawnSpec): Behaviour {
  const good = benign(random, spec);
  const ends = random.chance(0.6) || spec.service.type === 'task';
  return {
    readyAfter: random.chance(0.2) ? null : random.between(1, 8_000),
    endsAfter: ends ? random.pick([0, 1, random.between(1, 1_000), random.between(1_000, 120_000)]) : null,
    exit: random.pick([
      { code: 0, signal: null, known: true },
      { code: 1, signal: null, known: true },
      { code: 78, signal: null, known: true },
      { code: 143, signal: null, known: true },
      { code: null, signal: 'SIGSEGV', known: true },
      { code: null, signal: 'SIGKILL', known: true, outOfMemory: { by: 'kernel', limit: null, main: true } },
    ]),
    ignoresTerm: random.chance(0.2),
    unkillableFor: random.chance(0.1) ? random.between(1_000, 200_000) : 0,
    escapees: random.chance(0.25) ? random.between(1, 3) : 0,
    escapeesIgnoreTerm: random.chance(0.5),
    hangsAfter: random.chance(0.2) ? random.between(1, 60_000) : null,
    // Not drawn: what follows stays what it was.
    growsAfter: good.stopsIn % 5 === 0 ? good.stopsIn * 40 : null,
    stopsIn: good.stopsIn,
  };
}

/** A program that has a fault with this probability. */
export function drawn(random: SeededRandom, spec: SpawnSpec, chance: number): Behaviour {
  return random.chance(chance) ? troubled(random, spec) : benign(random, spec);
}

/** A version of a program that never stands: it ends soon, or never gets ready where that is asked. */
export function hopeless(random: SeededRandom, spec: SpawnSpec): Behaviour {
  const silent = spec.service.ready.by !== 'start' && random.chance(0.5);
  return {
    ...benign(random, spec),
    readyAfter: null,
    endsAfter: silent ? null : random.between(0, 800),
    exit: { code: 1, signal: null, known: true },
  };
}

/** Nothing that a correct daemon could have a reason to end: it must be left alone. */
export function isBlameless(behaviour: Behaviour, { service }: SpawnSpec): boolean {
  const { readyAfter, hangsAfter, endsAfter, growsAfter } = behaviour;
  if (growsAfter !== null && service.resources.memory !== null) return false;
  return hangsAfter === null && endsAfter === null && (readyAfter ?? Infinity) <= patience(service);
}

/** How long a program may take until it is ready, in ms. */
function patience({ ready, healthcheck }: ServicePlan): number {
  const untilReady = ready.by === 'start' ? Infinity : ready.timeout / 2;
  if (healthcheck === null || healthcheck.onFailure !== 'restart') return untilReady;
  // As with compose: a service that never passes is unhealthy after this long, whatever its readiness may take.
  const { startPeriod, retries, interval } = healthcheck;
  return Math.min(untilReady, startPeriod + retries * interval);
}

/** Why a start fails: what comes from the configuration, and what may pass. */
export const SPAWN_FAILURES: readonly SpawnFailure[] = [
  { reason: 'missing-program', message: 'cannot start it: its program was not found (simulated)', hint: null },
  { reason: 'resources', message: 'cannot start it: no more processes are allowed (simulated)', hint: null },
  {
    reason: 'port-taken',
    message: 'cannot start it: port 80 is held by pid 7 (simulated)',
    hint: null,
    holder: { port: 80, pid: 7, command: 'other' },
  },
];
