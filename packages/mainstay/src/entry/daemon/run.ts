import fs from 'node:fs';
import path from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import { version } from '../../cli/version.ts';
import { Daemon, Schedule, unheldOfPlan } from '../../daemon/index.ts';
import { removeRuntime, resolveDirectories, type Directories } from '../../host/directories.ts';
import { acquireLock, type Lock } from '../../host/lock/index.ts';
import type { Plan } from '../../core/plan/index.ts';
import type { StoreSnapshot } from '../../ports/index.ts';
import { Development } from './development.ts';
import { forgetIntents, keepingIntents } from './intents-file.ts';
import { makeClock, makeParts, makeStore, type Parts } from './parts.ts';
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
const FLUSH_MS = 5_000;
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
  #parts!: Parts;
  #daemon!: Daemon;
  #schedule!: Schedule;
  #presence: Presence | null = null;
  #development: Development | null = null;
  /** Asked for by a signal: what is wanted stays wanted, for the next start. */
  #bySignal = false;
  #ending = false;

  constructor(directories: Directories, lock: Lock, args: DaemonArguments) {
    this.#directories = directories;
    this.#lock = lock;
    this.#args = args;
  }

  async start(): Promise<void> {
    const { state } = this.#directories;
    const clock = makeClock();
    const store = keepingIntents(makeStore(this.#directories, clock), state);
    // Its thread starts while this one makes everything else. Whether it can be used decides whether there is a daemon.
    const opening: Promise<StoreSnapshot> = store.open();
    opening.catch(() => undefined);
    this.#parts = await makeParts(
      this.#directories,
      clock,
      store,
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
    });
    this.#schedule = new Schedule(clock, this.#parts.ports.nextDue, (event) => this.#daemon.post(event));
    // Services first: whoever waits for an answer waits a moment longer.
    this.#daemon.start();
    if (wanted !== null) void this.#daemon.keepIntents().then(() => forgetWanted(state));
    await this.#listen();
    this.#schedule.load(this.#plan());
    if (this.#args.dev)
      this.#development = new Development(clock, (event) => this.#daemon.post(event), this.#parts.daemonLog);
    await this.#development?.load(this.#plan());
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#stopBySignal(signal));
    process.on('SIGHUP', () => reloadByCommandLine(this.#plan(), state, this.#parts.daemonLog));
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

  async #listen(): Promise<void> {
    const { clock, store, logs, daemonLog } = this.#parts;
    const api = {
      daemon: this.#daemon,
      store,
      logs,
      clock,
      degraded: () => this.#degraded(),
      keepPlan: (plan: Plan) => keepPlan(this.#directories.state, plan),
      planChanged: () => {
        this.#schedule.load(this.#plan());
        void this.#development?.load(this.#plan());
      },
    };
    this.#presence = new Presence(this.#directories, clock, daemonLog, api, () => this.#plan());
    await this.#presence.begin();
  }

  #degraded(): string[] {
    const { store, logs, clock, processes, crashes } = this.#parts;
    const out = [
      ...logs.problems(),
      ...processes.problems(),
      ...crashes.problems(),
      ...unheldOfPlan(this.#plan(), processes.limits),
    ];
    const { batches, oldestSince, lastError } = store.backlog();
    const waits = oldestSince === null ? 0 : clock.now().mono - oldestSince;
    if (lastError !== null) out.push(`the journal cannot be written (${lastError}); ${batches} batches wait`);
    else if (waits > 5_000)
      out.push(`the journal waits for the disk since ${Math.round(waits / 1000)} s; ${batches} batches wait`);
    if (!logs.durableCapture)
      out.push('log lines may be lost if the daemon is killed: the library koffi does not load');
    return out;
  }

  #stopBySignal(signal: string): void {
    const second = this.#bySignal;
    this.#bySignal = true;
    this.#daemon.post({ type: 'down', now: second, reason: `the daemon got ${signal}` });
  }

  /** Everything is down: leaves nothing behind and ends. */
  async #end(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    const { state } = this.#directories;
    this.#schedule.stop();
    this.#development?.stop();
    if (this.#bySignal) this.#daemon.journal.fact('goal', 'up', true);
    else this.#daemon.forgetIntent();
    await this.#daemon.stop();
    if (!this.#bySignal) forgetPlan(state);
    await this.#presence?.end(LAST_ANSWERS_MS);
    for (const { id } of this.#daemon.coordinator.world.instances.values()) this.#parts.logs.close(id);
    await this.#parts.close(FLUSH_MS);
    if (!this.#bySignal) forgetIntents(state);
    removeRuntime(this.#directories);
    await this.#lock.release();
    process.exit(0);
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
