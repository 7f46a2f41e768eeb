import type { Exit, InstanceId } from '@mainstay/protocol';
import type {
  LimitSupport,
  ObservedTree,
  ProcessEvent,
  ProcessHost,
  RecordedExit,
  SpawnFailure,
  SpawnSpec,
  Usage,
} from '../ports/index.ts';
import type { ServicePlan } from '../core/plan/index.ts';
import { SimEngine, SimForeignHost } from './foreign.ts';
import type { MachineWatcher, SimMachine, SimProcess } from './machine.ts';

export interface SimHostOptions {
  /** Called when an incarnation is forgotten, which comes after a write: `false`, the daemon dies of it. */
  survives: () => boolean;
  alive: () => boolean;
  /** A start that fails, or null. */
  spawnFailure: (spec: SpawnSpec) => SpawnFailure | null;
  /** ms between asking for a start and hearing of it. */
  spawnDelay: () => number;
  /** What runs the services that mainstay does not; absent: one of its own. */
  engine?: SimEngine;
}

/** More than any limit, bytes. */
const GROWN = 2 ** 40;

/** The process host of one daemon's life over the virtual machine. */
export class SimProcessHost implements ProcessHost, MachineWatcher {
  #sink: (event: ProcessEvent) => void = () => {};
  /** Trees whose leader's end was told, and that were not empty then. */
  readonly #emptying = new Set<string>();
  readonly #adopted = new Set<string>();
  readonly #children = new Set<string>();
  /** When the start of a tree is told: its end is never told before. */
  readonly #toldAt = new Map<string, number>();
  readonly #machine: SimMachine;
  readonly #options: SimHostOptions;
  readonly #foreign: SimForeignHost;

  constructor(machine: SimMachine, options: SimHostOptions) {
    this.#machine = machine;
    this.#options = options;
    machine.watchers.add(this);
    this.#foreign = new SimForeignHost(machine, options.engine ?? new SimEngine(), (event) => this.#tell(event));
  }

  /** The daemon is dead: it hears nothing any more. */
  disconnect(): void {
    this.#machine.watchers.delete(this);
    this.#foreign.disconnect();
  }

  watch(instance: InstanceId, service: ServicePlan): void {
    this.#foreign.watch(instance, service);
  }

  unwatch(instance: InstanceId): void {
    this.#foreign.unwatch(instance);
  }

  connect(sink: (event: ProcessEvent) => void): void {
    this.#sink = sink;
  }

  spawn(spec: SpawnSpec): void {
    const { instance, incarnation } = spec;
    const failure = this.#options.spawnFailure(spec);
    if (failure !== null) {
      this.#later(this.#options.spawnDelay(), { type: 'spawn-failed', instance, incarnation, failure });
      return;
    }
    if (spec.service.foreign !== null) {
      this.#foreign.spawn(spec);
      return;
    }
    this.#children.add(keyOf(instance, incarnation));
    const leader = this.#machine.start(spec);
    const delay = this.#options.spawnDelay();
    this.#toldAt.set(keyOf(instance, incarnation), this.#machine.clock.mono + delay);
    this.#later(delay, { type: 'spawned', instance, incarnation, identity: leader.identity });
  }

  adopt(tree: ObservedTree): void {
    const { instance, incarnation } = tree;
    if (tree.leader?.foreign !== undefined) {
      this.#foreign.adopt(tree);
      return;
    }
    this.#adopted.add(keyOf(instance, incarnation));
    // A leader that is gone already is told like any other end.
    const gone = tree.leader === null || !this.#machine.processes.has(tree.leader.pid);
    const exit = this.#recordedExit(instance, incarnation);
    if (gone) this.#machine.clock.at(0, () => this.#tellExit(instance, incarnation, exit));
  }

  signal(instance: InstanceId, incarnation: number, signal: string, scope: 'leader' | 'tree'): void {
    if (this.#foreign.has(instance, incarnation)) this.#foreign.signal(instance, incarnation, signal);
    for (const process of this.#own(instance, incarnation)) {
      if (scope === 'tree' || process.leader) this.#machine.signal(process, signal);
    }
  }

  kill(instance: InstanceId, incarnation: number): void {
    if (this.#foreign.has(instance, incarnation)) this.#foreign.signal(instance, incarnation, 'SIGKILL');
    for (const process of this.#own(instance, incarnation)) this.#machine.signal(process, 'SIGKILL');
  }

  observe(): { trees: ObservedTree[]; exits: RecordedExit[] } {
    const trees = new Map<string, ObservedTree>();
    for (const process of this.#machine.processes.values()) {
      if (process.identity.foreign !== undefined) continue;
      const key = keyOf(process.instance, process.incarnation);
      const tree = trees.get(key) ?? {
        instance: process.instance,
        incarnation: process.incarnation,
        leader: null,
        members: [],
      };
      if (process.leader) tree.leader = process.identity;
      tree.members.push(process.identity);
      trees.set(key, tree);
    }
    // Who left an identity, and lives no more, ended unseen.
    const exits = [...this.#machine.identities].flatMap(([key, { instance, incarnation }]): RecordedExit[] => {
      if (trees.get(key)?.leader != null) return [];
      return [{ instance, incarnation, exit: this.#recordedExit(instance, incarnation) }];
    });
    return { trees: [...trees.values()], exits };
  }

  readonly limits: LimitSupport = { memory: false, cpus: true, pids: true, why: 'it is a virtual machine' };

  limit(): void {
    // Programs use nothing here.
  }

  /** No limit is held by the virtual kernel: the watch over memory has to find who grows. */
  usage(instance: InstanceId, incarnation: number): Usage | null {
    const leader = this.#machine.members(instance, incarnation).find((one) => one.leader);
    if (leader === undefined) return null;
    const { growsAfter } = leader.behaviour;
    const grown = growsAfter !== null && this.#machine.clock.mono - leader.startedAt >= growsAfter;
    return { memory: grown ? GROWN : 1_000_000, cpu: 0, oomKills: 0, held: false };
  }

  problems(): string[] {
    return [];
  }

  forget(instance: InstanceId, incarnation: number): void {
    if (!this.#options.survives()) return;
    this.#foreign.forget(instance, incarnation);
    this.#machine.recorded.delete(keyOf(instance, incarnation));
    this.#machine.identities.delete(keyOf(instance, incarnation));
  }

  /** The daemon hears of a start of its own through `spawned`. */
  started(process: SimProcess): void {
    this.#foreign.happened(process, null);
  }

  ended(process: SimProcess, exit: Exit): void {
    if (process.identity.foreign !== undefined) {
      this.#foreign.happened(process, exit);
      return;
    }
    const { instance, incarnation } = process;
    const key = keyOf(instance, incarnation);
    const mine = this.#children.has(key);
    if (!mine && !this.#adopted.has(key)) return;
    if (process.leader) {
      const known = mine || process.keepExit ? exit : { code: null, signal: null, known: false };
      // An adopted process is only looked at from time to time.
      const told = (this.#toldAt.get(key) ?? 0) - this.#machine.clock.mono + 1;
      this.#machine.clock.at(mine ? Math.max(0, told) : 200, () => this.#tellExit(instance, incarnation, known));
      return;
    }
    if (this.#emptying.has(key)) this.#machine.clock.at(20, () => this.#tellEmpty(instance, incarnation));
  }

  #own(instance: InstanceId, incarnation: number): SimProcess[] {
    return this.#machine.members(instance, incarnation).filter(({ identity }) => identity.foreign === undefined);
  }

  #recordedExit(instance: InstanceId, incarnation: number): Exit {
    return this.#machine.recorded.get(keyOf(instance, incarnation))?.exit ?? { code: null, signal: null, known: false };
  }

  #tellExit(instance: InstanceId, incarnation: number, exit: Exit): void {
    const remaining = this.#machine.members(instance, incarnation).length;
    if (remaining > 0) this.#emptying.add(keyOf(instance, incarnation));
    this.#tell({ type: 'exited', instance, incarnation, exit, remaining });
  }

  #tellEmpty(instance: InstanceId, incarnation: number): void {
    const key = keyOf(instance, incarnation);
    if (this.#machine.members(instance, incarnation).length > 0 || !this.#emptying.delete(key)) return;
    this.#tell({ type: 'emptied', instance, incarnation });
  }

  #later(delayMs: number, event: ProcessEvent): void {
    this.#machine.clock.at(delayMs, () => this.#tell(event));
  }

  #tell(event: ProcessEvent): void {
    if (this.#options.alive()) this.#sink(event);
  }
}

const keyOf = (instance: InstanceId, incarnation: number): string => `${instance}:${incarnation}`;
