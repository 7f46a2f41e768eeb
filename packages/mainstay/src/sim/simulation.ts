import type { Desired } from '@mainstay/protocol';
import type { Command, Tables } from '../core/coordinator/index.ts';
import type { Plan, ServicePlan } from '../core/plan/index.ts';
import { Daemon } from '../daemon/daemon.ts';
import type { DaemonPorts } from '../daemon/ports.ts';
import type { SpawnSpec } from '../ports/index.ts';
import { benign, isBlameless, SPAWN_FAILURE, troubled as withTrouble } from './behaviour.ts';
import { VirtualClock } from './clock.ts';
import { checkEnd } from './end.ts';
import { Invariants, type Violation } from './invariants.ts';
import { SimLogHost, SimPipes } from './log-host.ts';
import { SimMachine, type SimProcess } from './machine.ts';
import { drawPlan } from './plan.ts';
import { SimProcessHost } from './process-host.ts';
import { SeededRandom } from './random.ts';
import { SimDisk, SimStore } from './store.ts';
import { TROUBLES } from './troubles.ts';

export interface SimOptions {
  seed: number;
  /** How many faults are injected before the quiet time. */
  faults: number;
  /** The system; drawn from the seed when not given. */
  plan?: Plan;
  tables?: Tables;
  /** Told every journal line, for people who look into a failing seed. */
  trace?: (line: string) => void;
}

export interface SimResult {
  seed: number;
  faults: number;
  kinds: Record<string, number>;
  violations: Violation[];
  virtualMs: number;
  starts: number;
  daemonLives: number;
  effects: number;
}

/** Thrown out of an effect: the daemon's process is gone at this very point. */
export class DaemonDied extends Error {}

/** One virtual machine with its operator, its disk, and one daemon after the other. */
export class Simulation {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly machine: SimMachine;
  readonly disk = new SimDisk();
  readonly invariants: Invariants;
  plan: Plan;
  daemon: Daemon | null = null;
  /** Effects until the daemon dies; null: it lives. */
  fuse: number | null = null;
  faults = 0;
  /** Probability that a program that starts has a fault. */
  troubled = 0.5;
  spawnsFail = 0;
  readonly #kinds: Record<string, number> = {};
  readonly #pipes: SimPipes;
  readonly #blameless = new Map<number, boolean>();
  readonly #options: SimOptions;
  #life = 0;
  #effects = 0;
  #host: SimProcessHost | null = null;

  constructor(options: SimOptions) {
    this.#options = options;
    this.random = new SeededRandom(options.seed);
    this.plan = options.plan ?? drawPlan(this.random);
    this.machine = new SimMachine(this.clock, (spec) => this.#draw(spec));
    this.#pipes = new SimPipes(this.machine);
    this.invariants = new Invariants(this.machine, () => this.plan.services);
    this.machine.watchers.add({ started: (process) => this.#note(process), ended: () => {} });
    for (const { name } of this.plan.services) this.invariants.wants.set(name, 'running');
    const { signal } = this.machine;
    this.machine.signal = (process: SimProcess, name: string): void => {
      this.invariants.signalled(process, this.#blameless.get(process.identity.pid) ?? false, name);
      signal.call(this.machine, process, name);
    };
  }

  #draw(spec: SpawnSpec): ReturnType<typeof benign> {
    const behaviour = this.random.chance(this.troubled) ? withTrouble(this.random, spec) : benign(this.random, spec);
    this.#lastSpec = spec;
    return behaviour;
  }

  #lastSpec: SpawnSpec | null = null;

  #note(process: SimProcess): void {
    if (this.#lastSpec !== null)
      this.#blameless.set(process.identity.pid, isBlameless(process.behaviour, this.#lastSpec));
  }

  async begin(): Promise<void> {
    await this.startDaemon();
    await this.advance(this.random.between(0, 5_000));
  }

  /** A daemon's life begins; the guardian does this within a second of the death of the last. */
  async startDaemon(): Promise<void> {
    const life = (this.#life += 1);
    const alive = (): boolean => this.#life === life && this.daemon !== null;
    const store = new SimStore(
      this.disk,
      this.clock,
      () => this.#life === life,
      () => this.random.between(0, 20),
      (events) => {
        for (const event of events) {
          this.#options.trace?.(`${Math.round(this.clock.mono)} ${event.type} ${event.message}`);
          if (event.type === 'machine.impossible') this.invariants.add('nothing impossible happens', event.message);
        }
      },
    );
    const effect = (): void => this.#burn();
    this.#host = new SimProcessHost(this.machine, {
      alive,
      effect,
      spawnFailure: () => (this.random.chance(this.spawnsFail) ? SPAWN_FAILURE : null),
      spawnDelay: () => this.random.between(0, 5),
    });
    const logs = new SimLogHost(this.machine, this.#pipes, alive, effect);
    const clock = this.clock.forDaemon(alive);
    const ports: DaemonPorts = {
      clock,
      random: this.random,
      processes: this.#host,
      logs,
      store,
      prober: { probe: (_kind, _target, context) => this.#probe(context.environment['SIM_INSTANCE'] ?? '') },
      environment: (service, index) => ({
        values: { SIM_INSTANCE: `${service.name}/${index}` },
        lookup: () => undefined,
        asUser: [],
      }),
      owner: () => null,
      daemonLog: { write: () => {} },
      eventsLog: { write: () => {} },
      checksLog: { write: () => {} },
      failed: () => effect(),
      bootId: this.machine.bootId,
      nextDue: () => null,
    };
    const snapshot = await store.open();
    const plan = snapshot.plan ?? this.plan;
    this.plan = plan;
    const { tables } = this.#options;
    this.daemon = new Daemon(ports, {
      plan,
      snapshot,
      version: 'sim',
      onAllDown: () => this.#allDown(),
      ...(tables === undefined ? {} : { tables }),
    });
    const { daemon } = this;
    const post = daemon.post.bind(daemon);
    // The daemon may die in any event it takes in, also one that a promise brings.
    daemon.post = (event) => this.#guard(() => post(event));
    daemon.start();
    this.disk.snapshot.setAside = null;
  }

  /** A healthcheck: it passes unless the newest leader of the instance hangs. */
  #probe(instance: string): Promise<{ status: 'pass' | 'fail'; message: string; latencyMs: number }> {
    let newest: SimProcess | null = null;
    for (const one of this.machine.processes.values()) {
      if (one.instance === instance && one.leader && (newest === null || one.incarnation > newest.incarnation))
        newest = one;
    }
    const young = newest !== null && this.clock.mono - newest.startedAt < (newest.behaviour.readyAfter ?? Infinity);
    const good = newest !== null && !newest.hanging && !young;
    return Promise.resolve({ status: good ? 'pass' : 'fail', message: good ? 'ok' : 'no answer', latencyMs: 1 });
  }

  #burn(): void {
    this.#effects += 1;
    if (this.fuse === null) return;
    this.fuse -= 1;
    if (this.fuse > 0) return;
    this.fuse = null;
    this.die();
    throw new DaemonDied();
  }

  /** SIGKILL to the daemon; its guardian starts another one. */
  die(afterMs = this.random.between(50, 1_500)): void {
    if (this.daemon === null) return;
    this.daemon = null;
    this.#host?.disconnect();
    this.#life += 1;
    this.clock.at(afterMs, () => {
      this.#starting = true;
    });
  }

  #starting = false;
  #wantUp = true;

  /** Runs something in which the daemon may die. */
  #guard(run: () => unknown): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof DaemonDied)) throw error;
    }
  }

  /** Lets virtual time pass. */
  async advance(ms: number): Promise<void> {
    const until = this.clock.mono + ms;
    for (;;) {
      let more = false;
      this.#guard(() => {
        more = true;
        more = this.clock.step(until);
      });
      // Promises of the store and of probes go on.
      await Promise.resolve().then(() => {});
      if (this.#starting && this.#wantUp) {
        this.#starting = false;
        await this.startDaemon();
      }
      if (!more) return;
    }
  }

  pause(): number {
    return this.random.pick([
      this.random.between(0, 50),
      this.random.between(50, 5_000),
      this.random.between(5_000, 120_000),
    ]);
  }

  /** One fault, of a kind drawn from the seed. */
  async trouble(): Promise<void> {
    const kind = this.random.pick(TROUBLES);
    if (!kind.inject(this)) return;
    this.faults += 1;
    this.#kinds[kind.name] = (this.#kinds[kind.name] ?? 0) + 1;
  }

  /** Commands given so far, and the newest one about each service. */
  #asks = 0;
  readonly #newest = new Map<string, number>();

  /**
   * Gives the daemon a command, as an operator does: what is wanted is in doubt until it is confirmed,
   * and a later command about the same service counts more than an earlier one's confirmation.
   */
  ask(services: readonly string[], wanted: Desired, command: Command, confirmed: () => void = () => {}): boolean {
    const { daemon } = this;
    if (daemon === null) return false;
    const number = (this.#asks += 1);
    for (const name of services) {
      this.invariants.wants.set(name, 'unsure');
      this.#newest.set(name, number);
    }
    const done = (): void => {
      // A dead daemon confirms nothing, whatever its promises still do here.
      if (this.daemon !== daemon) return;
      for (const name of services) if (this.#newest.get(name) === number) this.invariants.wants.set(name, wanted);
      confirmed();
    };
    // Not confirmed in time, but done all the same.
    const doubtful = (): void => {
      if (this.daemon === daemon) this.plan = daemon.coordinator.world.plan;
    };
    daemon.command(command).then(done, doubtful);
    return true;
  }

  /** From now on programs and the machine behave; what was in doubt is decided. */
  async calm(): Promise<void> {
    this.troubled = 0;
    this.spawnsFail = 0;
    this.fuse = null;
    this.disk.blockedUntil = 0;
    await this.advance(120_000);
    for (const [name, wants] of this.invariants.wants) {
      if (wants !== 'unsure' || this.daemon === null) continue;
      this.invariants.asked(null);
      const all = this.daemon.coordinator.graph.closure([name]);
      this.ask(all, 'running', { type: 'start', services: [name], reason: 'decided' });
    }
    await this.advance(1_000);
  }

  #allDown(): void {
    this.invariants.add('the daemon ends only when asked', 'all-down without down');
  }

  service(name: string): ServicePlan | undefined {
    return this.plan.services.find((one) => one.name === name);
  }

  checkEnd(): void {
    checkEnd(this);
  }

  result(): SimResult {
    return {
      seed: this.#options.seed,
      faults: this.faults,
      kinds: this.#kinds,
      violations: this.invariants.violations,
      virtualMs: this.clock.mono,
      starts: this.invariants.starts,
      daemonLives: this.#life,
      effects: this.#effects,
    };
  }
}
