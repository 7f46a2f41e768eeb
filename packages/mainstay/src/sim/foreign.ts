import type { Exit, InstanceId } from '@mainstay/protocol';
import type { ServicePlan } from '../core/plan/index.ts';
import type { ObservedTree, ProcessEvent, Sighting, SpawnSpec } from '../ports/index.ts';
import type { SimMachine, SimProcess } from './machine.ts';
import type { Simulation } from './simulation.ts';
import type { Trouble } from './troubles.ts';

/** Until a daemon is told of a change, ms. */
const HEARD_MS = 40;
/** So long after its absence an engine may still not have done what was asked of it, ms. */
const ABSENCE_FELT_MS = 30_000;

/** The engine of a virtual machine: it runs every third service of a drawn system, and other people use it too. */
export class SimEngine {
  /** It answers nobody. */
  absent = false;
  /** When it last did not, monotonic ms. */
  absentAt = -Infinity;
  readonly listeners = new Set<() => void>();

  /** It stops answering, or answers again. */
  set(absent: boolean, now: number): void {
    if (this.absent) this.absentAt = now;
    this.absent = absent;
    for (const listener of this.listeners) listener();
  }
}

/** The same services, some of which something else runs. Drawn from nothing. */
export function withForeign(services: readonly ServicePlan[]): ServicePlan[] {
  return services.map((service, at) => {
    if (at % 3 !== 0 || service.type === 'task') return service;
    const ready = readyWithoutWords(service);
    const resources = { ...service.resources, memory: null };
    const foreign = { by: 'container' as const, name: service.name, socket: null };
    return { ...service, foreign, ready, resources, instances: 1, watchdog: null, killMode: 'group' as const };
  });
}

/** Its program cannot tell mainstay anything itself. */
function readyWithoutWords({ ready, healthcheck }: ServicePlan): ServicePlan['ready'] {
  if (ready.by !== 'notify') return ready;
  return healthcheck === null ? { by: 'start' } : { by: 'healthcheck', timeout: ready.timeout };
}

const isForeign = ({ identity }: SimProcess): boolean => identity.foreign !== undefined;

/** What a daemon's host knows of what the engine runs. */
export class SimForeignHost {
  readonly #machine: SimMachine;
  readonly #engine: SimEngine;
  readonly #tell: (event: ProcessEvent) => void;
  readonly #watched = new Map<InstanceId, { service: ServicePlan; told: string }>();
  readonly #current = new Map<InstanceId, { incarnation: number; life: string }>();
  /** Starts that wait for the engine. */
  readonly #pending = new Map<InstanceId, SpawnSpec>();
  readonly #listener = (): void => this.#lookAll();

  constructor(machine: SimMachine, engine: SimEngine, tell: (event: ProcessEvent) => void) {
    this.#machine = machine;
    this.#engine = engine;
    this.#tell = tell;
    engine.listeners.add(this.#listener);
  }

  disconnect(): void {
    this.#watched.clear();
    this.#current.clear();
    this.#engine.listeners.delete(this.#listener);
  }

  has(instance: InstanceId, incarnation: number): boolean {
    return this.#current.get(instance)?.incarnation === incarnation;
  }

  watch(instance: InstanceId, service: ServicePlan): void {
    this.#watched.set(instance, { service, told: '' });
    this.#soon(instance);
  }

  unwatch(instance: InstanceId): void {
    this.#watched.delete(instance);
    this.#current.delete(instance);
    this.#pending.delete(instance);
  }

  adopt({ instance, incarnation, leader }: ObservedTree): void {
    this.#pending.delete(instance);
    this.#current.set(instance, { incarnation, life: leader?.foreign ?? '' });
    this.#relabel(instance, incarnation);
    this.#soon(instance);
  }

  spawn(spec: SpawnSpec): void {
    this.#current.delete(spec.instance);
    this.#pending.set(spec.instance, spec);
    this.#soon(spec.instance);
  }

  signal(instance: InstanceId, incarnation: number, signal: string): void {
    const leader = this.#leader(instance);
    if (leader?.identity.foreign !== this.#current.get(instance)?.life || !this.has(instance, incarnation)) return;
    // What the engine does not hear now is asked of it again.
    if (this.#engine.absent) this.#machine.clock.at(1_000, () => this.signal(instance, incarnation, signal));
    else if (leader !== undefined) this.#machine.signal(leader, signal);
  }

  forget(instance: InstanceId, incarnation: number): void {
    if (this.has(instance, incarnation)) this.#current.delete(instance);
  }

  /** Something happened to what the engine runs. */
  happened(process: SimProcess, exit: Exit | null): void {
    if (!isForeign(process)) return;
    this.#soon(process.instance, exit);
  }

  #leader(instance: InstanceId): SimProcess | undefined {
    return [...this.#machine.processes.values()].find((one) => one.instance === instance && isForeign(one));
  }

  /** What it writes is of this incarnation from now on. */
  #relabel(instance: InstanceId, incarnation: number): void {
    const leader = this.#leader(instance);
    if (leader !== undefined) leader.incarnation = incarnation;
  }

  #lookAll(): void {
    for (const instance of this.#watched.keys()) this.#soon(instance);
  }

  #soon(instance: InstanceId, exit: Exit | null = null): void {
    this.#machine.clock.at(HEARD_MS, () => this.#look(instance, exit));
  }

  #look(instance: InstanceId, exit: Exit | null): void {
    const watched = this.#watched.get(instance);
    if (watched === undefined) return;
    if (this.#engine.absent) {
      this.#sight(instance, { is: 'hidden', why: 'the engine does not answer' }, 'hidden');
      return;
    }
    const leader = this.#leader(instance);
    const current = this.#current.get(instance);
    if (current !== undefined && leader?.identity.foreign !== current.life) {
      this.#sight(instance, { is: 'down' }, 'down');
      this.#current.delete(instance);
      const { incarnation } = current;
      const how = exit ?? { code: null, signal: null, known: false };
      this.#tell({ type: 'exited', instance, incarnation, exit: how, remaining: 0 });
      watched.told = '';
    }
    const spec = this.#pending.get(instance);
    if (spec !== undefined) {
      this.#pending.delete(instance);
      const { identity } = leader ?? this.#machine.start(spec);
      this.#current.set(instance, { incarnation: spec.incarnation, life: identity.foreign ?? '' });
      this.#relabel(instance, spec.incarnation);
      this.#tell({ type: 'spawned', instance, incarnation: spec.incarnation, identity });
      watched.told = `running ${identity.foreign ?? ''}`;
      return;
    }
    if (leader === undefined) {
      this.#sight(instance, { is: 'down' }, 'down');
      return;
    }
    const startedAt = this.#machine.clock.wall - (this.#machine.clock.mono - leader.startedAt);
    const { identity } = leader;
    this.#sight(instance, { is: 'running', identity, startedAt }, `running ${identity.foreign ?? ''}`);
  }

  #sight(instance: InstanceId, seen: Sighting, as: string): void {
    const watched = this.#watched.get(instance);
    if (watched === undefined || watched.told === as) return;
    watched.told = as;
    this.#tell({ type: 'sighted', instance, seen });
  }
}

/** Somebody else had it running first, or its engine did not answer when it was to be stopped. */
export function mayBeLeft({ engine, clock, machine }: Simulation, process: SimProcess): boolean {
  if (machine.shared.has(process.instance)) return true;
  return isForeign(process) && (engine.absent || clock.mono - engine.absentAt < ABSENCE_FELT_MS);
}

/** What something else runs counts from now on as started by somebody else: nothing says any more that mainstay did it. */
export function disown(machine: SimMachine): void {
  for (const process of machine.processes.values()) {
    if (!isForeign(process)) continue;
    process.outsider = true;
    machine.shared.add(process.instance);
  }
}

/** What other people do with an engine, and what becomes of it itself. */
export const FOREIGN_TROUBLES: readonly Trouble[] = [
  {
    name: 'started by somebody else',
    by: 'machine',
    inject: (sim) => {
      const down = sim.plan.services.filter(
        ({ name, foreign }) =>
          foreign !== null && ![...sim.machine.processes.values()].some((one) => one.instance === `${name}/0`),
      );
      if (down.length === 0 || sim.engine.absent) return false;
      const service = sim.random.pick(down);
      sim.machine.start({ instance: `${service.name}/0`, incarnation: 0, service, keepExit: false });
      return true;
    },
  },
  {
    name: 'stopped by somebody else',
    by: 'machine',
    inject: (sim) => {
      const leaders = foreignLeaders(sim);
      if (leaders.length === 0 || sim.engine.absent) return false;
      sim.machine.end(sim.random.pick(leaders), { code: 0, signal: null, known: true });
      return true;
    },
  },
  {
    name: 'restarted by somebody else',
    by: 'machine',
    inject: (sim) => {
      const leaders = foreignLeaders(sim);
      if (leaders.length === 0 || sim.engine.absent) return false;
      const leader = sim.random.pick(leaders);
      const service = sim.service(leader.instance.slice(0, -2));
      if (service === undefined) return false;
      sim.machine.end(leader, { code: 0, signal: null, known: true });
      sim.machine.start({ instance: leader.instance, incarnation: 0, service, keepExit: false });
      return true;
    },
  },
  {
    name: 'engine does not answer',
    by: 'machine',
    inject: (sim) => {
      if (sim.engine.absent) return false;
      sim.engine.set(true, sim.clock.mono);
      sim.invariants.deadlines.engineAbsent(true);
      sim.clock.at(sim.random.between(500, 90_000), () => {
        sim.engine.set(false, sim.clock.mono);
        sim.invariants.deadlines.engineAbsent(false);
      });
      return true;
    },
  },
];

function foreignLeaders({ machine }: Simulation): SimProcess[] {
  return [...machine.processes.values()].filter(isForeign);
}
