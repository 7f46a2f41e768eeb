import { NO_ALERTS, sightsOf, type AlertRecord } from '../core/alert/index.ts';
import { targetOf } from '../core/check/index.ts';
import { isUnsettled } from '../core/check/unsettled.ts';
import { Coordinator, type CoordinatorEvent, type Effect, type Recorded } from '../core/coordinator/index.ts';
import { noIncidents } from '../core/incident/index.ts';
import type { MonitorPlan } from '../core/plan/monitor.ts';
import { standingOf, type Ballots } from '../core/quorum/index.ts';
import { expand } from '../core/template/index.ts';
import { jobOf, startProbe } from '../daemon/probing/index.ts';
import type { Now, Observation, Timer } from '../ports/index.ts';
import { Desk } from './desk.ts';
import { runLine } from './lines.ts';
import type { MonitorPorts } from './ports.ts';
import { Quorum } from './quorum.ts';
import type { Saved } from './saved.ts';
import { Saver } from './saver.ts';
import { Witnesses } from './witnesses.ts';

/** How often it is looked whether time passed that nobody observed, ms. */
const LOOK_MS = 30_000;
/** A wake-up this much later than asked for means that nobody observed anything meanwhile, ms. */
const GAP_MS = 5_000;
/** A wall clock that moves this much against the monotonic one was set, or the machine slept, ms. */
const STEP_MS = 5_000;
/** A sign of life is stored this often, ms. */
const ALIVE_MS = 60_000;

/** The loop of a monitor: results in, decisions of the same machines as the daemon's, messages out. It waits for nothing. */
export class Monitor {
  readonly #plan: MonitorPlan;
  readonly #ports: MonitorPorts;
  readonly #coordinator: Coordinator;
  readonly #saver: Saver;
  readonly #witnesses: Witnesses;
  readonly #quorum: Quorum;
  readonly #desk: Desk;
  readonly #saved: Saved | null;
  readonly #startedAt: number;
  readonly #timers = new Map<string, Timer>();
  readonly #running = new Map<string, () => void>();
  readonly #memories = new Map<string, Record<string, unknown>>();
  /** What the newest run of each check saw. */
  readonly #observed = new Map<string, Observation>();
  /** When each check last ran, monotonic ms. */
  readonly #ranAt = new Map<string, number>();
  readonly #queue: CoordinatorEvent[] = [];
  #isTurning = false;
  #isSettling = false;
  #lastLook: number;
  /** Wall clock minus monotonic clock, ms. */
  #offset: number;
  #aliveAt = -Infinity;
  #beatProblem: string | null = null;

  /** @param saved what an earlier life of this monitor left; null: nothing */
  constructor(plan: MonitorPlan, ports: MonitorPorts, saved: Saved | null) {
    const now = ports.clock.now();
    this.#plan = plan;
    this.#ports = ports;
    this.#saved = saved;
    this.#startedAt = now.wall;
    this.#lastLook = now.mono;
    this.#offset = now.wall - now.mono;
    this.#coordinator = new Coordinator(plan.plan, ports.random, now);
    this.#saver = new Saver(
      ports.clock,
      (text) => ports.save(text),
      (problem) =>
        this.#note(problem === null ? 'the state is written again' : `the state cannot be written: ${problem}`),
    );
    const alerts = saved?.alerts ?? NO_ALERTS;
    this.#witnesses = new Witnesses(plan.witnesses, ports, plan.plan.directory, saved?.blindSince ?? null);
    this.#quorum = new Quorum(
      plan,
      ports,
      alerts.open.map(({ source }) => source),
      {
        world: () => this.#coordinator.world,
        sees: () => this.#witnesses.see(),
        changed: () => this.#settleSoon(),
        note: (text) => this.#note(text),
      },
    );
    this.#desk = new Desk(plan, ports, alerts, {
      again: () => this.#settleSoon(),
      save: () => this.#save(),
      record: (record) => this.#told(record),
    });
  }

  start(): void {
    const { version, pid } = this.#ports;
    this.#note(`mainstay monitor ${version} started, pid ${pid}, as ${this.#plan.id}`);
    const since = this.#saved?.alive;
    if (since !== undefined) this.#remember({ type: 'gap', from: since, to: this.#ports.clock.now().wall });
    this.post({
      type: 'boot',
      stored: [],
      checks: this.#saved?.checks ?? [],
      incidents: this.#saved?.incidents ?? noIncidents(),
      intents: {},
      windows: [],
      rolls: [],
      trees: [],
      exits: [],
      sameBoot: false,
      goal: 'up',
    });
    this.#quorum.stir();
    this.#look();
    void this.#beat();
  }

  /** Ends what runs; resolves when the state is stored, or at once when the disk takes nothing. */
  async stop(): Promise<void> {
    this.#quorum.stop();
    this.#desk.stop();
    for (const timer of this.#timers.values()) timer.cancel();
    for (const cancel of this.#running.values()) cancel();
    this.#timers.clear();
    this.#running.clear();
    this.#note('mainstay monitor ends');
    if (this.#saver.problem === null) await this.#save();
  }

  /**
   * What this monitor answers the others.
   * @param about subjects they doubt: they are looked at again at once
   */
  answer(about: readonly string[]): Ballots {
    for (const name of about) this.#hasten(name);
    return this.#quorum.ballots;
  }

  /** Everything that is kept, and shown by `mainstay monitor status`. */
  state(): Saved {
    const { world } = this.#coordinator;
    return {
      version: 1,
      id: this.#plan.id,
      project: this.#plan.plan.project,
      pid: this.#ports.pid,
      startedAt: this.#startedAt,
      alive: this.#ports.clock.now().wall,
      interval: this.#plan.interval,
      alerts: this.#desk.alerts,
      checks: [...world.checks].map(([name, { state, over, last }]) => ({ name, state, over, last })),
      incidents: world.incidents,
      peers: this.#quorum.peers.map((peer) => ({
        id: peer.id,
        standing: standingOf(peer),
        missedAt: peer.missedAt?.wall ?? null,
      })),
      blindSince: this.#witnesses.blindSince,
      problems: [this.#saver.problem, this.#beatProblem].filter((one) => one !== null),
    };
  }

  /** Takes an event in. Events that come while one is handled wait for their turn. */
  post(event: CoordinatorEvent): void {
    this.#queue.push(event);
    if (this.#isTurning) return;
    this.#isTurning = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#turn(next);
    this.#isTurning = false;
    this.#quorum.stir();
    this.#settleSoon();
  }

  #turn(event: CoordinatorEvent): void {
    const now = this.#ports.clock.now();
    this.#noticeGap(now);
    this.#noticeStep(now);
    this.#decide(event, now);
  }

  #decide(event: CoordinatorEvent, now: Now): void {
    for (const effect of this.#coordinator.handle(event, now)) this.#carry(effect, now);
  }

  #noticeGap(now: Now): void {
    const late = now.mono - this.#lastLook - LOOK_MS;
    if (late <= GAP_MS) return;
    this.#lastLook = now.mono;
    this.#remember({ type: 'gap', from: now.wall - late, to: now.wall });
    this.#quorum.forget();
    this.#decide({ type: 'gap', ms: late }, now);
  }

  #noticeStep(now: Now): void {
    const offset = now.wall - now.mono;
    const byMs = offset - this.#offset;
    if (Math.abs(byMs) < STEP_MS) return;
    this.#offset = offset;
    this.#decide({ type: 'clock-stepped', byMs }, now);
  }

  #look(): void {
    const now = this.#ports.clock.now();
    this.#noticeGap(now);
    this.#noticeStep(now);
    this.#lastLook = now.mono;
    if (now.mono - this.#aliveAt >= ALIVE_MS) {
      this.#aliveAt = now.mono;
      void this.#save();
    }
    this.#settleSoon();
    this.#after('look', LOOK_MS, () => this.#look());
  }

  #carry(effect: Effect, now: Now): void {
    switch (effect.type) {
      case 'arm':
        this.#arm(effect.key, effect.afterMs);
        return;
      case 'disarm':
        this.#disarm(effect.key);
        return;
      case 'run-check':
        this.#run(effect.check, effect.run);
        return;
      case 'cancel-check':
        this.#cancel(effect.check);
        return;
      case 'checked':
        this.#ranAt.set(effect.check, now.mono);
        this.#log(effect, now.wall);
        if (effect.status === 'fail') this.#hastenNeeds(effect.check);
        return;
      case 'record':
        this.#recorded(effect.event, now.wall);
        return;
      default:
        // Everything else is about services, which a monitor has none of, or is kept with the whole state.
        return;
    }
  }

  /** As it was judged, with the phases that the kind timed. */
  #log({ check, kind, status, message, latencyMs }: Extract<Effect, { type: 'checked' }>, wall: number): void {
    const observation = { ...this.#observed.get(check), status, message, latencyMs };
    this.#ports.log.write(runLine(wall, check, kind, observation));
  }

  /** What is not well is looked at more often than what is. */
  #arm(key: string, afterMs: number): void {
    const watch = key.startsWith('check:') ? this.#coordinator.world.checks.get(key.slice('check:'.length)) : undefined;
    const isSoon = watch !== undefined && isUnsettled(watch.state);
    this.#ring(key, isSoon ? Math.min(afterMs, this.#plan.recheck) : afterMs);
  }

  #ring(key: string, afterMs: number): void {
    const due = this.#ports.clock.now().mono + afterMs;
    this.#after(key, afterMs, () => this.post({ type: 'timer', key, due }));
  }

  #after(key: string, afterMs: number, run: () => void): void {
    this.#disarm(key);
    const timer = this.#ports.clock.after(afterMs, () => {
      // After a standstill everything is due at once: what was said before is heard before anything is judged.
      this.#ports.clock.soon(() => {
        if (this.#timers.get(key) !== timer) return;
        this.#timers.delete(key);
        run();
      });
    });
    this.#timers.set(key, timer);
  }

  #disarm(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }

  /** What a check depends on may be the cause, and must not be looked at later than what suffers from it. */
  #hastenNeeds(name: string): void {
    for (const needed of this.#coordinator.world.checks.get(name)?.plan.dependsOn ?? []) this.#hasten(needed);
  }

  /** Somebody else doubts it: it is run now, unless it was just now. */
  #hasten(name: string): void {
    const watch = this.#coordinator.world.checks.get(name);
    if (watch === undefined || watch.state.name === 'idle' || this.#running.has(name)) return;
    const ago = this.#ports.clock.now().mono - (this.#ranAt.get(name) ?? -Infinity);
    if (ago >= this.#plan.recheck) this.#ring(`check:${name}`, 0);
  }

  #run(name: string, run: number): void {
    const watch = this.#coordinator.world.checks.get(name);
    if (watch === undefined) return;
    this.#cancel(name);
    const job = jobOf(targetOf(watch.plan), this.#plan.plan.directory, {
      ...this.#ports,
      projectEnvironment: () => this.#ports.environment(),
      environment: () => this.#ports.environment(),
    });
    const memory = this.#memories.get(name) ?? {};
    this.#memories.set(name, memory);
    const cancel = startProbe(job, { memory, service: () => null }, this.#ports, (observation) => {
      void this.#vetted(observation).then((vetted) => {
        if (this.#running.get(name) !== cancel) return;
        this.#running.delete(name);
        this.#observed.set(name, vetted);
        const { status, message, latencyMs, data } = vetted;
        this.post({ type: 'check-observed', check: name, run, status, message, latencyMs, data });
      });
    });
    this.#running.set(name, cancel);
  }

  /** A failure counts only when something else answers after it. */
  async #vetted(observation: Observation): Promise<Observation> {
    if (observation.status !== 'fail' || (await this.#witnesses.see())) return observation;
    const message = `${observation.message} (not counted: this machine has no network, no witness answers)`;
    return { ...observation, status: 'unknown', message };
  }

  #cancel(name: string): void {
    const cancel = this.#running.get(name);
    this.#running.delete(name);
    cancel?.();
  }

  #recorded({ type, message, data }: Recorded, wall: number): void {
    this.#note(`${type} ${message}`);
    if (type === 'check.state') this.#remember({ type: 'state', at: wall, ...data });
  }

  #told({ type, message }: AlertRecord): void {
    this.#note(`${type} ${message}`);
  }

  #note(text: string): void {
    this.#ports.log.write(`${new Date(this.#ports.clock.now().wall).toISOString()} ${text}`);
  }

  #remember(line: Readonly<Record<string, unknown>>): void {
    this.#ports.history.write(JSON.stringify(line));
  }

  #save(): Promise<void> {
    return this.#saver.save(`${JSON.stringify(this.state())}\n`);
  }

  /** All turns of one round of the event loop are settled together. */
  #settleSoon(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    this.#ports.clock.soon(() => {
      this.#isSettling = false;
      this.#settle();
    });
  }

  #settle(): void {
    const { alerts } = this.#plan.plan;
    const names = alerts?.notifiers.map(({ name }) => name) ?? [];
    const own = sightsOf(this.#coordinator.world, this.#desk.alerts, names, this.#ports.clock.now());
    this.#desk.settle(this.#quorum.agreed(own));
  }

  /** Reports in. That it does not arrive is what the other side notices. */
  async #beat(): Promise<void> {
    const { heartbeat, interval } = this.#plan;
    if (heartbeat === null) return;
    this.#after('beat', interval, () => void this.#beat());
    const problem = await this.#ports.beat(expand(heartbeat, this.#ports.environment().lookup).value);
    const told = problem === null ? null : `its heartbeat does not arrive: ${problem}`;
    if (told !== this.#beatProblem) this.#note(told ?? 'its heartbeat arrives');
    this.#beatProblem = told;
  }
}
