import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MainstayError } from '@mainstay/protocol';
import { version } from '../../cli/version.ts';
import { Daemon, Schedule, unheldOfPlan, type ApiPorts } from '../../daemon/index.ts';
import { removeRuntime, resolveDirectories, type Directories } from '../../host/directories.ts';
import { acquireLock, type Lock } from '../../host/lock/index.ts';
import type { Plan } from '../../core/plan/index.ts';
import type { StoreSnapshot } from '../../ports/index.ts';
import { compileWhereWorthIt } from './compilers.ts';
import { Development } from './development.ts';
import { forgetIntents, keepingIntents } from './intents-file.ts';
import type { Network } from './network.ts';
import { makeClock, makeParts, makeStore, makeTurns, type Parts } from './parts.ts';
import { forgetPlan, forgetWanted, keepPlan, readPlan, readWanted } from './plan-file.ts';
import { Presence } from './presence.ts';
import { reloadByCommandLine } from './reload.ts';
import { proveItself } from './trial.ts';

export interface DaemonArguments {
  stateDir: string;
  dev: boolean;
  /** An upgrade waits until this daemon has proved itself. */
  trial: boolean;
}

const REFUSED = 3;
/** How long an end that is in a hurry waits for the disk. */
const FLUSH_MS = 5_000;
/** After that, how long each of the last steps may take. */
const LAST_STEP_MS = 500;
/** How long a signal waits until everything is set up. */
const SET_UP_MS = 5_000;
/** How long answers that are on their way may take at the end. */
const LAST_ANSWERS_MS = 1_000;

/** Runs a daemon until its orderly end. Sets the exit code; returns when everything is set up. */
export async function runDaemon(args: DaemonArguments): Promise<void> {
  let directories: Directories | null = null;
  try {
    directories = resolveDirectories(args.stateDir);
    let running: Running | null = null;
    // A command that finds our lock, but not our files, asks for them. Before the lock is ours, nobody does.
    process.on('SIGUSR2', () => running?.restore());
    const lock = await acquireLock(directories.state, version());
    running = new Running(directories, lock, args);
    await running.start();
  } catch (error) {
    if (!(error instanceof MainstayError)) throw error;
    refuse(directories?.state ?? args.stateDir, error);
  }
}

/** Says why there will be no daemon, to whoever waits for one, and ends for good. */
function refuse(stateDir: string, error: MainstayError): never {
  process.stderr.write(`mainstay: ${error.message}\n`);
  try {
    fs.writeFileSync(path.join(stateDir, 'run', 'refused.json'), JSON.stringify(error.toJSON()), { mode: 0o600 });
  } catch {
    // The line above is all that can be said then.
  }
  process.exit(REFUSED);
}

/** One daemon with everything around it. */
class Running {
  readonly #directories: Directories;
  readonly #lock: Lock;
  readonly #args: DaemonArguments;
  readonly #turns = makeTurns();
  #parts!: Parts;
  #daemon!: Daemon;
  #schedule!: Schedule;
  #presence: Presence | null = null;
  #network: Network | null = null;
  #development: Development | null = null;
  /** Asked for by a signal: what is wanted stays wanted, for the next start. */
  #bySignal = false;
  #ending = false;
  readonly #isSetUp = Promise.withResolvers<void>();
  /** Resolves when the end no longer waits for the disk. */
  readonly #hurried = Promise.withResolvers<void>();

  constructor(directories: Directories, lock: Lock, args: DaemonArguments) {
    this.#directories = directories;
    this.#lock = lock;
    this.#args = args;
  }

  async start(): Promise<void> {
    const { state } = this.#directories;
    const clock = makeClock();
    const store = keepingIntents(makeStore(this.#directories, clock), state, this.#turns.writeFile);
    // Its thread starts while this one makes everything else. Whether it can be used decides whether there is a daemon.
    const opening: Promise<StoreSnapshot> = store.open();
    opening.catch(() => undefined);
    this.#parts = await makeParts(
      this.#directories,
      clock,
      store,
      this.#turns.files,
      () => this.#plan().directory,
      () => this.#plan().project,
    );
    const snapshot = await opening;
    const plan = readPlan(state, snapshot.plan);
    const wanted = readWanted(state);
    if (wanted !== null) {
      snapshot.intents = Object.fromEntries(
        plan.services.map(({ name }) => [name, wanted.includes(name) ? 'running' : 'stopped']),
      );
    }
    this.#catchDefects();
    this.#daemon = new Daemon(this.#parts.ports, {
      plan,
      snapshot,
      version: version(),
      onAllDown: () => void this.#end(),
      onHurry: () => this.#hurry(),
      keepPlan: async (changed) => {
        await keepPlan(state, changed, this.#turns.writeFile);
        this.#planChanged();
      },
    });
    this.#schedule = new Schedule(clock, this.#parts.ports.nextDue, (event) => this.#daemon.post(event));
    // Before the first service starts: what a signal ends without us would leave services running.
    this.#heedSignals();
    // Services first: whoever waits for an answer waits a moment longer.
    this.#daemon.start();
    if (wanted !== null)
      void this.#daemon
        .keepIntents()
        .then(() => forgetWanted(state))
        .catch(() => {});
    await this.#listen();
    this.#schedule.load(this.#plan());
    if (this.#args.dev)
      this.#development = new Development(clock, (event) => this.#daemon.post(event), this.#parts.daemonLog);
    await this.#development?.load(this.#plan());
    compileWhereWorthIt(this.#plan());
    this.#isSetUp.resolve();
    if (this.#args.trial && this.#presence !== null) {
      proveItself(state, this.#presence.socket, clock, (error) => {
        this.#parts.daemonLog.write(`${new Date().toISOString()} cannot prove that it works: ${String(error)}`);
      });
    }
  }

  /** Makes the files by which this daemon is found again, where they are gone. */
  restore(): void {
    void this.#presence?.restore();
  }

  #plan(): Daemon['options']['plan'] {
    return this.#daemon.coordinator.world.plan;
  }

  #planChanged(): void {
    this.#schedule.load(this.#plan());
    compileWhereWorthIt(this.#plan());
    void this.#development?.load(this.#plan());
    void this.#loadNetwork();
  }

  async #listen(): Promise<void> {
    const { writeFile } = this.#turns;
    const { clock, daemonLog } = this.#parts;
    this.#presence = new Presence(this.#directories, clock, daemonLog, this.#api(), () => this.#plan(), writeFile);
    await this.#presence.begin();
    void this.#loadNetwork();
  }

  /** What is answered over the network, if anything is: nothing of it is loaded otherwise. */
  async #loadNetwork(): Promise<void> {
    if (this.#ending || (this.#plan().api === null && this.#network === null)) return;
    const { Network } = await import('./network.ts');
    this.#network ??= new Network(this.#api(), this.#parts.daemonLog, this.#turns.files);
    await this.#network.load(this.#plan().api);
  }

  #api(): ApiPorts {
    const { clock, store, logs, processes } = this.#parts;
    return {
      daemon: this.#daemon,
      store,
      logs,
      clock,
      degraded: () => this.#degraded(),
      problems: () => processes.problems(),
      keepPlan: (plan: Plan) => keepPlan(this.#directories.state, plan, this.#turns.writeFile),
      planChanged: () => this.#planChanged(),
    };
  }

  #degraded(): string[] {
    const { store, logs, clock, processes, crashes } = this.#parts;
    const out = [
      ...logs.problems(),
      ...this.#parts.problems(),
      ...processes.problems(),
      ...crashes.problems(),
      ...unheldOfPlan(this.#plan(), processes.limits),
      ...(this.#network?.problems() ?? []),
    ];
    if (this.#plan().dryRun)
      out.push('dry run: what is to be done because of checks is only said (dry_run in mainstay.yaml)');
    const { batches, oldestSince, lastError } = store.backlog();
    const waits = oldestSince === null ? 0 : clock.now().mono - oldestSince;
    if (lastError !== null) out.push(`the journal cannot be written (${lastError}); ${batches} batches wait`);
    else if (waits > 5_000)
      out.push(`the journal waits for the disk since ${Math.round(waits / 1000)} s; ${batches} batches wait`);
    if (!logs.durableCapture)
      out.push('log lines may be lost if the daemon is killed: the library koffi does not load');
    return out;
  }

  /** A signal that comes while everything is set up is heeded afterwards, or when that takes too long. */
  #heedSignals(): void {
    const afterwards = (act: () => void): void =>
      void Promise.race([this.#isSetUp.promise, delay(SET_UP_MS, undefined, { ref: false })]).then(act);
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => afterwards(() => this.#stopBySignal(signal)));
    process.on('SIGHUP', () =>
      afterwards(() => reloadByCommandLine(this.#plan(), this.#directories.state, this.#parts.daemonLog)),
    );
  }

  #stopBySignal(signal: string): void {
    const second = this.#bySignal;
    this.#bySignal = true;
    // Whoever ends the machine or a container does not wait for long.
    this.#hurry();
    this.#daemon.post({ type: 'down', now: second, reason: `the daemon got ${signal}` });
  }

  #hurry(): void {
    setTimeout(() => this.#hurried.resolve(), FLUSH_MS);
  }

  /**
   * Everything is down: writes what waits, leaves nothing behind and ends. A disk that takes nothing is waited for, unless
   * somebody is in a hurry; meanwhile the interface goes on answering, and says what is degraded.
   */
  async #end(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    const { state } = this.#directories;
    this.#schedule.stop();
    this.#development?.stop();
    if (this.#bySignal) this.#daemon.journal.fact('goal', 'up', true);
    else this.#daemon.forgetIntent();
    await this.#unlessHurried(this.#daemon.stop());
    for (const { id } of this.#daemon.coordinator.world.instances.values()) this.#parts.logs.close(id);
    await this.#unlessHurried(this.#parts.flush(Infinity));
    if (!this.#bySignal) await this.#unlessHurried(forgetPlan(state));
    await this.#unlessHurried(this.#presence?.end(LAST_ANSWERS_MS) ?? Promise.resolve());
    await this.#unlessHurried(this.#network?.end(LAST_ANSWERS_MS) ?? Promise.resolve());
    await this.#unlessHurried(this.#parts.close());
    if (!this.#bySignal) await this.#unlessHurried(forgetIntents(state));
    await this.#unlessHurried(removeRuntime(this.#directories));
    await this.#lock.release();
    process.exit(0);
  }

  /** Waits for work with the disk; what fails or takes too long is left undone. */
  async #unlessHurried(work: Promise<unknown>): Promise<void> {
    const hurried = this.#hurried.promise.then(() => delay(LAST_STEP_MS));
    await Promise.race([work.catch(() => {}), hurried]);
  }

  /** A defect ends this daemon, with a reason in its log; the guardian starts the next, which adopts. */
  #catchDefects(): void {
    const die = (error: unknown): void => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.stderr.write(`${new Date().toISOString()} defect: ${text}\n`);
      process.exit(1);
    };
    process.on('uncaughtException', die);
    process.on('unhandledRejection', die);
  }
}
