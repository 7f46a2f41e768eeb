import { MainstayError, type Desired, type JournalEvent } from '@mainstay/protocol';
import {
  Coordinator,
  type Command,
  type CoordinatorEvent,
  type Effect,
  type Tables,
  type World,
} from '../core/coordinator/index.ts';
import type { Plan } from '../core/plan/index.ts';
import type { Clock, LimitSupport, Now, StoreSnapshot } from '../ports/index.ts';
import { carryProcess, isOfProcess } from './carry-process.ts';
import { carryCheck } from './checks.ts';
import { AlertDesk } from './alerts.ts';
import { CrashRecorder } from './crash/index.ts';
import { withDeadline } from './deadline.ts';
import { Journal, storedChecks, storedIncidents, storedRolls, type StoredInstance } from './journal.ts';
import { tellFailure } from './failed.ts';
import { unheldOfPlan } from './limits.ts';
import { Objectives } from './objectives.ts';
import { openLog } from './open-log.ts';
import type { DaemonPorts } from './ports.ts';
import { Probes } from './probes.ts';
import { Remedies } from './remedy/index.ts';
import { refuseDuringReload, Reloads } from './reloads.ts';
import { Samples } from './samples.ts';
import { Timers } from './timers.ts';
import { STEP_MS, storedWindows } from './stored-windows.ts';

/** A wake-up this much later than asked for means that nobody observed anything meanwhile. */
const GAP_MS = 5_000;
/** Pause between two measurements of memory whose limit the kernel does not hold. */
const MEMORY_MS = 2_000;

export interface DaemonOptions {
  plan: Plan;
  snapshot: StoreSnapshot;
  version: string;
  /** Other tables than the real ones: for tests of the tables. */
  tables?: Tables;
  /** Nothing of the project runs any more after an orderly end that was asked for. */
  onAllDown: () => void;
  /** Who asks for the end asks for it at once: the disk is not waited for. */
  onHurry?: () => void;
  /** Keeps a plan that changed by itself (a reload ended well) where the next daemon finds it; absent: the store is enough. */
  keepPlan?: (plan: Plan) => Promise<void>;
}

/**
 * The loop: events in, decisions by the coordinator, effects out. It waits for nothing; whatever an
 * effect answers comes back as an event.
 */
export class Daemon {
  readonly coordinator: Coordinator;
  readonly journal: Journal;
  readonly alerts: AlertDesk;
  readonly probes: Probes;
  readonly startedAt: Now;
  readonly options: DaemonOptions;
  readonly #ports: DaemonPorts;
  readonly #timers: Timers;
  readonly #reloads: Reloads;
  readonly #samples: Samples;
  readonly #crashes: CrashRecorder;
  readonly #objectives: Objectives;
  readonly #remedies: Remedies;
  readonly #queue: CoordinatorEvent[] = [];
  readonly #watchers = new Set<() => void>();
  /** Incarnations that are over and not yet forgotten. */
  readonly #over: Extract<Effect, { type: 'forget' }>[] = [];
  /** Everything is down; what is asked for now would only be found by the next daemon. */
  #leaving = false;
  #running = false;
  #commitAsked = false;
  #lastLook: number;
  #lookMs: number;
  /** Wall clock minus monotonic clock, ms. */
  #offset: number;
  #committed: Promise<void> = Promise.resolve();
  #unheld: readonly string[] = [];

  constructor(ports: DaemonPorts, options: DaemonOptions) {
    this.#ports = ports;
    this.options = options;
    this.startedAt = ports.clock.now();
    this.#lastLook = this.startedAt.mono;
    this.#offset = this.startedAt.wall - this.startedAt.mono;
    this.coordinator = new Coordinator(options.plan, ports.random, this.startedAt, options.tables);
    this.journal = new Journal(ports.store, ports.eventsLog, options.snapshot.lastSeq, () => this.coordinator.world);
    this.#timers = new Timers(ports.clock, (key, due) => this.post({ type: 'timer', key, due }));
    this.#reloads = new Reloads(ports, (event) => this.post(event), options.keepPlan ?? (() => this.commit()));
    const world = (): World => this.coordinator.world;
    const post = (event: CoordinatorEvent): void => this.post(event);
    this.probes = new Probes(ports, world, post, (...run) => this.journal.sampled(...run));
    this.#samples = new Samples(ports.processes, world, post);
    this.#lookMs = this.#samples.everyMs;
    this.#crashes = new CrashRecorder(ports, this.#samples);
    this.journal.listen((event) => this.#crashes.happened(event));
    this.#remedies = new Remedies(ports, world, post, (...found) => this.#crashes.found(...found));
    this.#objectives = new Objectives(ports, world, this.journal, options.snapshot, () => this.alerts.look());
    const [{ facts }, commit] = [options.snapshot, (): void => this.#askCommit()];
    this.alerts = new AlertDesk(ports, world, this.journal, facts, post, commit, this.#objectives);
  }

  get clock(): Clock {
    return this.#ports.clock;
  }

  /** What the kernel can limit here. */
  get limits(): LimitSupport {
    return this.#ports.processes.limits;
  }

  /** Connects the hosts, takes over what lives, and starts what should. */
  start(): void {
    const { processes, logs } = this.#ports;
    const { snapshot } = this.options;
    processes.connect((event) => this.post(event));
    logs.connect((event) => this.post(event));
    this.#note('daemon.started', `mainstay ${this.options.version} started, pid ${process.pid}`);
    if (snapshot.setAside !== null) {
      const { path, reason } = snapshot.setAside;
      this.#note('daemon.degraded', `the store was damaged (${reason}); it was set aside as ${path}`);
    }
    this.#tellUnheld();
    const { trees, exits } = processes.observe();
    this.post({
      type: 'boot',
      stored: snapshot.instances.map(({ instance, state }) => ({ id: instance, ...(state as StoredInstance) })),
      checks: storedChecks(snapshot.facts),
      incidents: storedIncidents(snapshot.facts),
      intents: snapshot.intents,
      windows: storedWindows(snapshot, this.#ports.bootId, this.#offset),
      rolls: storedRolls(snapshot.facts),
      trees,
      exits,
      sameBoot: snapshot.facts['boot_id'] === undefined || snapshot.facts['boot_id'] === this.#ports.bootId,
      goal: snapshot.facts['goal'] === 'down' ? 'down' : 'up',
    });
    // A window that was moved, and the clock that it was moved for, are stored together.
    for (const { window } of this.coordinator.world.windows.values()) this.journal.saveWindow(window);
    this.journal.fact('boot_id', this.#ports.bootId);
    this.journal.fact('clock_offset', String(this.#offset));
    this.journal.plan(this.coordinator.world.plan);
    this.#askCommit();
    this.#timers.arm('look', this.#lookMs);
  }

  /** Takes an event in. Events that come while one is handled wait for their turn. */
  post(event: CoordinatorEvent): void {
    this.#queue.push(event);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#turn(next);
    } finally {
      this.#running = false;
    }
    this.#askCommit();
    for (const watcher of this.#watchers) watcher();
  }

  /**
   * Does what an operator asks for; resolves when the intent is on the disk.
   * @throws MainstayError `timeout` when the disk does not answer; what was asked for is done all the same, and written
   *   down when it does
   * @throws MainstayError `refused` once everything is down and this daemon is about to end, or when a reload is in the way
   */
  async command(command: Command): Promise<void> {
    if (command.type === 'down' && command.now) this.options.onHurry?.();
    if (this.#leaving) {
      if (command.type === 'down') return;
      throw new MainstayError('refused', 'cannot do it: everything was ended, and mainstay ends too', 'try again');
    }
    if (command.type === 'apply') refuseDuringReload(this.coordinator.world);
    if (command.type === 'down') this.journal.fact('goal', 'down', true);
    if (command.type === 'apply') this.journal.plan(command.plan);
    this.post(command);
    if (command.type === 'apply') this.#tellUnheld();
    const what = (): string => {
      const why = this.#ports.store.backlog().lastError ?? 'the state disk does not answer';
      return `cannot write down what was asked for: ${why}; it is done all the same`;
    };
    await withDeadline(this.commit(), this.#ports.clock, what);
  }

  /** Writes what was gathered, now. */
  commit(): Promise<void> {
    this.#commitAsked = false;
    const over = this.#over.splice(0);
    const isToldOf = this.alerts.settle();
    const written = this.journal.commit();
    if (isToldOf) this.alerts.written(written);
    // Only when its end is on the disk may what tells of it go: another daemon might have to tell it again.
    const forget = (): void => over.forEach((one) => this.#ports.processes.forget(one.instance, one.incarnation));
    if (over.length > 0) void written.then(forget, () => {});
    this.#reloads.handedOver(written);
    this.#committed = Promise.all([this.#committed.catch(() => {}), written]).then(() => {});
    this.#committed.catch(() => {});
    return written;
  }

  /** Calls back after every turn of the loop; returns how to stop. */
  onChange(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Ends the loop's own activity; what runs, runs on. */
  async stop(): Promise<void> {
    this.#timers.clear();
    this.alerts.stop();
    this.#objectives.stop();
    this.probes.stop();
    this.journal.keepSamples();
    await this.commit().catch(() => {});
  }

  /** Writes down what is wanted of every service; resolves when it is on the disk. */
  keepIntents(): Promise<void> {
    for (const [name, { desired }] of this.coordinator.world.services) this.journal.intent(name, desired);
    return this.commit();
  }

  /** Forgets intent and plan after an orderly end, so that a later `up` begins from its file alone. */
  forgetIntent(): void {
    this.#leaving = true;
    for (const name of this.coordinator.world.services.keys()) this.journal.intent(name, 'running');
    this.journal.fact('goal', 'up', true);
  }

  /** Limits that the kernel does not hold are said once, and again when a plan asks for others. */
  #tellUnheld(): void {
    const lines = unheldOfPlan(this.coordinator.world.plan, this.#ports.processes.limits);
    for (const line of lines) if (!this.#unheld.includes(line)) this.#note('daemon.degraded', line);
    this.#unheld = lines;
  }

  #note(type: JournalEvent['type'], message: string): void {
    this.journal.record({ type, instance: null, incarnation: null, message, data: {} }, this.#ports.clock.now().wall);
    this.#ports.daemonLog.write(`${new Date(this.#ports.clock.now().wall).toISOString()} ${message}`);
    this.#askCommit();
  }

  #askCommit(): void {
    if (this.#commitAsked) return;
    this.#commitAsked = true;
    // All turns of one round of the event loop become one transaction.
    this.#ports.clock.soon(() => {
      if (!this.#commitAsked) return;
      this.commit().catch((error: unknown) => this.#ports.daemonLog.write(`store: ${String(error)}`));
    });
  }

  #turn(event: CoordinatorEvent): void {
    const now = this.#ports.clock.now();
    this.#noticeGap(now);
    this.#noticeStep(now);
    if (event.type === 'timer' && event.key === 'look') this.#look(now);
    else if (event.type === 'timer' && event.key === 'memory') this.#watchMemory();
    else this.#decide(event, now);
  }

  /** Once in a while: everybody is measured. */
  #look(now: Now): void {
    this.#looked(now);
    this.journal.lives(now.wall);
    if (this.#samples.take(now)) this.#timers.arm('memory', MEMORY_MS);
  }

  #watchMemory(): void {
    if (this.#samples.watch()) this.#timers.arm('memory', MEMORY_MS);
  }

  #looked(now: Now): void {
    this.#lastLook = now.mono;
    this.#lookMs = this.#samples.everyMs;
    this.#timers.arm('look', this.#lookMs);
  }

  /** Notices time that nobody observed: this daemon was stopped, or the loop stood still. Before anything is decided. */
  #noticeGap(now: Now): void {
    const late = now.mono - this.#lastLook - this.#lookMs;
    if (late <= GAP_MS) return;
    this.#looked(now);
    this.#decide({ type: 'gap', ms: late }, now);
  }

  /** The wall clock moved against the monotonic one: it was set, or the host slept (which only the wall clock counts). */
  #noticeStep(now: Now): void {
    const offset = now.wall - now.mono;
    const byMs = offset - this.#offset;
    if (Math.abs(byMs) < STEP_MS) return;
    this.#offset = offset;
    this.journal.fact('clock_offset', String(offset));
    this.#decide({ type: 'clock-stepped', byMs }, now);
  }

  #decide(event: CoordinatorEvent, now: Now): void {
    for (const effect of this.coordinator.handle(event, now)) this.#carry(effect, now);
  }

  #carry(effect: Effect, now: Now): void {
    const { processes, logs } = this.#ports;
    if (isOfProcess(effect)) return carryProcess(effect, processes);
    if ('check' in effect) return carryCheck(effect, this.coordinator.world, this.probes, this.journal, now.wall);
    if ('remedy' in effect) return this.#remedies.carry(effect);
    switch (effect.type) {
      case 'forget':
        this.#over.push(effect);
        return;
      case 'arm':
        this.#timers.arm(effect.key, effect.afterMs);
        return;
      case 'disarm':
        this.#timers.disarm(effect.key);
        return;
      case 'probe': {
        const instance = this.coordinator.world.instances.get(effect.instance);
        if (instance !== undefined) this.probes.run(instance, effect.incarnation, effect.run);
        return;
      }
      case 'cancel-probe':
        this.probes.cancel(effect.instance);
        return;
      case 'save-incidents':
        this.journal.saveIncidents();
        return;
      case 'log-open':
        openLog(this.#ports, this.coordinator.world, effect);
        return;
      case 'log-begin':
        logs.begin(effect.instance, effect.incarnation);
        return;
      case 'log-watch':
        logs.watchFor(effect.instance, effect.pattern);
        return;
      case 'log-drain':
        logs.drain(effect.instance);
        return;
      case 'log-configure':
        logs.configure(effect.instance, effect.logging);
        return;
      case 'log-close':
        logs.close(effect.instance);
        return;
      case 'record':
        this.journal.record(effect.event, now.wall);
        return;
      case 'failure':
        this.#fail(effect, now);
        return;
      case 'save':
        this.journal.save(effect.instance);
        return;
      case 'remove':
        this.journal.remove(effect.instance);
        return;
      case 'intent':
        this.journal.intent(effect.service, effect.desired satisfies Desired);
        return;
      case 'save-window':
        this.journal.saveWindow(effect.window);
        return;
      case 'drop-window':
        this.journal.dropWindow(effect.id);
        return;
      case 'save-rolls':
        this.journal.rolls([...this.coordinator.world.rolls.values()]);
        this.#reloads.confirm(effect.confirm);
        return;
      case 'keep-plan':
        this.journal.plan(effect.plan);
        this.#reloads.keepPlan(effect);
        return;
      case 'all-down':
        this.options.onAllDown();
    }
  }

  #fail(effect: Extract<Effect, { type: 'failure' }>, now: Now): void {
    const { world } = this.coordinator;
    this.#crashes.failed(effect, world, now);
    tellFailure(this.#ports, effect, world, now.wall);
  }
}
