import type { JournalEvent } from '@mainstay/protocol';
import type { Plan, ServicePlan } from '../core/plan/index.ts';
import { Daemon } from '../daemon/daemon.ts';
import type { DaemonPorts } from '../daemon/ports.ts';
import type { SpawnSpec } from '../ports/index.ts';
import { drawn, hopeless, isBlameless, SPAWN_FAILURES } from './behaviour.ts';
import { drawChecks, SIM_CHECK, SimChecks } from './checks.ts';
import { VirtualClock } from './clock.ts';
import { endMaintenance, type PlanAsked } from './commands.ts';
import { DaemonDied, Deaths } from './deaths.ts';
import { SimDisk } from './disk.ts';
import { checkEnd } from './end.ts';
import { disown, SimEngine, withForeign } from './foreign.ts';
import { hearLate } from './hearing.ts';
import { Invariants } from './invariants.ts';
import { SimLogHost, SimPipes } from './log-host.ts';
import { QUIET_MACHINE } from './machine-facts.ts';
import { SimMachine, type Behaviour, type SimProcess } from './machine.ts';
import { PROMPT_MESSENGER } from './messenger.ts';
import { Operator } from './operator.ts';
import type { SimOptions, SimResult } from './options.ts';
import { checkOrder } from './order.ts';
import { drawPlan } from './plan.ts';
import { probeInstance } from './probe.ts';
import { SimProcessHost } from './process-host.ts';
import { SeededRandom } from './random.ts';
import { simRemedies } from './remedies.ts';
import { isBad, Rolls } from './rolling.ts';
import { SimStore } from './store.ts';
import { checkTold } from './told.ts';
import { troublesOf } from './troubles-of.ts';
import type { Trouble } from './troubles.ts';
import { Windows } from './windows.ts';

/** One virtual machine with its operator, its disk, and one daemon after the other. */
export class Simulation {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly machine: SimMachine;
  readonly disk = new SimDisk();
  readonly engine = new SimEngine();
  readonly invariants: Invariants;
  readonly windows = new Windows();
  readonly operator = new Operator(this);
  readonly checked = new SimChecks(this);
  readonly rolls = new Rolls(this);
  plan: Plan;
  /** The newest other plan that the operator asked for. */
  planAsked: PlanAsked | null = null;
  daemon: Daemon | null = null;
  readonly deaths = new Deaths(() => this.die());
  faults = 0;
  /** Probability that a program that starts has a fault. */
  troubled = 0.5;
  spawnsFail = 0;
  /** The longest between asking for a start and hearing of it, ms. */
  spawnTakes = 5;
  readonly #kinds: Record<string, number> = {};
  readonly #pipes: SimPipes;
  readonly #blameless = new Map<number, boolean>();
  readonly #options: SimOptions;
  #life = 0;
  #store: SimStore | null = null;
  #host: SimProcessHost | null = null;

  constructor(options: SimOptions) {
    this.#options = options;
    this.random = new SeededRandom(options.seed);
    const drawn = options.plan ?? drawPlan(this.random);
    const checks = options.checks === true ? drawChecks(drawn) : drawn.checks;
    this.plan = { ...drawn, checks, services: options.foreign === true ? withForeign(drawn.services) : drawn.services };
    this.machine = new SimMachine(this.clock, (spec) => this.#draw(spec));
    this.#pipes = new SimPipes(this.machine);
    this.invariants = new Invariants(this.machine, () => this.plan, this.windows);
    this.machine.watchers.add({ started: (process) => this.#note(process), ended: () => {} });
    for (const { name } of this.plan.services) this.invariants.wants.set(name, 'running');
    const { signal } = this.machine;
    this.machine.signal = (process: SimProcess, name: string): void => {
      const blameless = this.#blameless.get(process.identity.pid) ?? false;
      if (blameless) checkOrder(this, process);
      this.invariants.signalled(process, blameless, name);
      signal.call(this.machine, process, name);
    };
  }

  #draw(spec: SpawnSpec): Behaviour {
    this.#lastSpec = spec;
    const behaviour = isBad(spec.service) ? hopeless(this.random, spec) : drawn(this.random, spec, this.troubled);
    // Whatever runs it ends all of it.
    return spec.service.foreign === null ? behaviour : { ...behaviour, escapees: 0 };
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
    const store = new SimStore(this.disk, this.clock, {
      alive: () => this.#life === life,
      latency: () => this.random.between(0, 20),
      told: (events) => this.#told(events),
      survives: () => alive() && this.guard(() => this.deaths.carried('write')),
    });
    this.#store = store;
    this.#host = new SimProcessHost(this.machine, {
      alive,
      survives: () => alive() && this.guard(() => this.deaths.carried('forgotten')),
      spawnFailure: () => {
        if (!this.random.chance(this.spawnsFail)) return null;
        this.invariants.deadlines.started();
        return this.random.pick(SPAWN_FAILURES);
      },
      spawnDelay: () => this.random.between(0, this.spawnTakes),
      engine: this.engine,
    });
    const logs = new SimLogHost(this.machine, this.#pipes, alive);
    const clock = this.clock.forDaemon(alive);
    const ports: DaemonPorts = {
      clock,
      random: this.random,
      processes: this.#host,
      logs,
      store,
      prober: {
        probe: (kind, target, context) =>
          kind === SIM_CHECK
            ? this.checked.probe(target, context.signal)
            : probeInstance(this, context.environment['SIM_INSTANCE'] ?? ''),
      },
      environment: (service, index) => ({
        values: { SIM_INSTANCE: `${service.name}/${index}` },
        lookup: () => undefined,
        asUser: [],
      }),
      projectEnvironment: () => ({ values: {}, lookup: () => undefined, asUser: [] }),
      owner: () => null,
      daemonLog: { write: () => {} },
      eventsLog: { write: () => {} },
      checksLog: { write: () => {} },
      failed: () => {},
      crashes: { write: () => {} },
      machine: () => QUIET_MACHINE,
      logDirectory: '/logs',
      bootId: this.machine.bootId,
      hostName: 'sim',
      nextDue: () => null,
      localTime: () => ({ day: 0, minute: 0 }),
      messenger: this.#options.messenger ?? PROMPT_MESSENGER,
      remedies: simRemedies(this),
    };
    const snapshot = await store.open();
    const plan = snapshot.plan ?? this.plan;
    const names = ({ services }: Plan): string => services.map((one) => one.name).join(' ');
    if (!this.invariants.planInDoubt && names(plan) !== names(this.plan))
      this.invariants.add('a confirmed plan is the plan', `${names(plan)}, not ${names(this.plan)}`);
    this.plan = plan;
    this.invariants.planInDoubt = false;
    const { tables } = this.#options;
    this.daemon = new Daemon(ports, {
      plan,
      snapshot,
      version: 'sim',
      onAllDown: () => {
        if (this.daemon !== null) this.operator.allDown(this.daemon);
      },
      ...(tables === undefined ? {} : { tables }),
    });
    const { daemon } = this;
    this.rolls.watch(daemon);
    hearLate(this, daemon);
    this.#options.plant?.(this, daemon);
    const { coordinator } = daemon;
    const handle = coordinator.handle.bind(coordinator);
    coordinator.handle = (event, now) => this.deaths.watch(handle(event, now));
    this.invariants.daemonStarted();
    this.operator.daemonStarting();
    this.checked.daemonStarting();
    this.windows.hindered(this.clock.mono, Math.max(this.clock.mono, this.disk.blockedUntil));
    this.guard(() => daemon.start());
    this.disk.snapshot.setAside = null;
    this.operator.daemonStarted();
  }

  #told(events: readonly JournalEvent[]): void {
    for (const event of events) {
      this.checked.told(event);
      this.#options.trace?.(`${Math.round(this.clock.mono)} ${event.type} ${event.message}`);
      if (event.type === 'machine.impossible') this.invariants.add('nothing impossible happens', event.message);
    }
  }

  /** SIGKILL to the daemon; its guardian starts another one. */
  die(afterMs = this.random.between(50, 1_500)): void {
    if (this.daemon === null) return;
    const waiting = this.#store?.waiting ?? 0;
    // Whoever comes next may not know who started it.
    if (waiting > 0) disown(this.machine);
    if (!this.operator.leaving) this.#store?.tear(this.random.between(0, waiting));
    this.daemon = null;
    this.#host?.disconnect();
    this.#life += 1;
    this.invariants.deafUntil = 0;
    this.windows.hindered(this.clock.mono, Infinity);
    this.invariants.deadlines.daemonDied();
    this.clock.at(afterMs, () => {
      this.#starting = true;
    });
  }

  #starting = false;

  /** The daemon stands still: it hears nothing, and its timers ring late. */
  freeze(forMs: number): void {
    if (this.daemon === null) return;
    this.invariants.deaf(this.clock.mono + forMs);
    this.#hinder();
    this.invariants.deadlines.disturbed();
    this.clock.at(forMs, () => this.invariants.deadlines.disturbed());
  }

  /** Nothing can be written to the disk for so long. */
  blockDisk(forMs: number, error: string | null): void {
    this.disk.block(this.clock.mono + forMs, error);
    this.#hinder();
  }

  #hinder(): void {
    if (this.daemon === null) return;
    this.windows.hindered(this.clock.mono, Math.max(this.invariants.deafUntil, this.disk.blockedUntil));
  }

  isFrozen(): boolean {
    return this.invariants.deafUntil > this.clock.mono;
  }

  /** The machine restarts; the daemon is dead already. */
  reboot(): void {
    this.windows.rebooted(this.clock.mono);
    this.machine.reboot();
    this.invariants.forget();
  }

  /** Runs something in which the daemon may die; `false`: it did. */
  guard(run: () => unknown): boolean {
    try {
      run();
      return true;
    } catch (error) {
      if (!(error instanceof DaemonDied)) throw error;
      return false;
    }
  }

  /** Lets virtual time pass. */
  async advance(ms: number): Promise<void> {
    const until = this.clock.mono + ms;
    for (;;) {
      let more = false;
      this.guard(() => {
        more = true;
        more = this.clock.step(until);
      });
      // Promises of the store and of probes go on.
      await Promise.resolve().then(() => {});
      if (this.#starting) {
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
    const kind = this.random.pick(troublesOf(this.#options));
    if (this.inject(kind)) this.faults += 1;
  }

  /** Injects a fault of a kind; `false`: not possible just now. */
  inject(kind: Trouble): boolean {
    let done = false;
    this.guard(() => {
      // Should the daemon die of it, it was done.
      done = true;
      done = kind.inject(this);
    });
    this.invariants.startsFail = this.spawnsFail > 0;
    if (done) this.#count(kind.name);
    return done;
  }

  #count(kind: string): void {
    this.#kinds[kind] = (this.#kinds[kind] ?? 0) + 1;
    this.#options.trace?.(`${Math.round(this.clock.mono)} fault ${kind}`);
  }

  /** From now on programs and the machine behave; what was begun is ended, and what was in doubt is decided. */
  async calm(): Promise<void> {
    this.troubled = 0;
    this.spawnsFail = 0;
    this.spawnTakes = 5;
    this.deaths.spare();
    this.disk.blockedUntil = 0;
    this.engine.set(false, this.clock.mono);
    this.invariants.deadlines.engineAbsent(false);
    this.heal();
    await this.advance(120_000);
    await this.operator.ended();
    await this.advance(61_000);
    for (const id of this.daemon?.coordinator.world.windows.keys() ?? []) endMaintenance(this, id);
    for (const [name, wants] of this.invariants.wants) {
      if (wants !== 'unsure' || this.daemon === null) continue;
      this.invariants.asked(null);
      const all = this.daemon.coordinator.graph.closure([name]);
      this.operator.ask(all, 'running', { type: 'start', services: [name], reason: 'decided' });
    }
    await this.advance(1_000);
  }

  /** No program hangs or ails any more. */
  heal(): void {
    for (const process of this.machine.processes.values()) {
      // Whoever watches it has seen that it hung: it may be ended for that still.
      if (process.hanging) this.#blameless.delete(process.identity.pid);
      process.hanging = false;
      process.ailing = false;
    }
    this.checked.heal();
  }

  /** What can be seen of a settled system between two events. */
  checkNow(): void {
    if (this.daemon !== null && !this.isFrozen()) checkTold(this, this.daemon.coordinator.world);
  }

  service(name: string): ServicePlan | undefined {
    return this.plan.services.find((one) => one.name === name);
  }

  checkEnd(): void {
    checkEnd(this);
    this.checked.checkEnd();
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
      effects: this.deaths.effects,
      deaths: this.deaths.deaths,
    };
  }
}
