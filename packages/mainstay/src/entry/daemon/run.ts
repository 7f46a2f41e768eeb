import fs from 'node:fs';
import path from 'node:path';
import { MainstayError, type Identity } from '@mainstay/protocol';
import { version } from '../../cli/version.ts';
import { Daemon, Schedule, serveApi, unheldOfPlan, type ApiServer } from '../../daemon/index.ts';
import { removeRuntime, resolveDirectories, type Directories } from '../../host/directories.ts';
import { atomicWrite } from '../../host/files/index.ts';
import { acquireLock, type Lock } from '../../host/lock/index.ts';
import { identify } from '../../host/proc/index.ts';
import type { StoreSnapshot } from '../../ports/index.ts';
import { Development } from './development.ts';
import { makeClock, makeParts, makeStore, type Parts } from './parts.ts';
import { forgetPlan, forgetWanted, keepPlan, readPlan, readWanted } from './plan-file.ts';
import { reloadByCommandLine } from './reload.ts';

export interface DaemonArguments {
  stateDir: string;
  dev: boolean;
}

const REFUSED = 3;
/** Longest path of a Unix socket on Linux is 107 bytes. */
const SOCKET_PATH_MAX = 107;
const FLUSH_MS = 5_000;
/** How long answers that are on their way may take at the end. */
const LAST_ANSWERS_MS = 1_000;

/** Runs a daemon until its orderly end. Sets the exit code; returns when everything is set up. */
export async function runDaemon(args: DaemonArguments): Promise<void> {
  let directories: Directories | null = null;
  try {
    directories = resolveDirectories(args.stateDir);
    const lock = await acquireLock(directories.state, version());
    await new Running(directories, lock, args.dev).start();
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
  readonly #dev: boolean;
  #parts!: Parts;
  #daemon!: Daemon;
  #schedule!: Schedule;
  #api: ApiServer | null = null;
  #development: Development | null = null;
  /** Asked for by a signal: what is wanted stays wanted, for the next start. */
  #bySignal = false;
  #ending = false;

  constructor(directories: Directories, lock: Lock, dev: boolean) {
    this.#directories = directories;
    this.#lock = lock;
    this.#dev = dev;
  }

  async start(): Promise<void> {
    const { state } = this.#directories;
    const clock = makeClock();
    const store = makeStore(this.#directories, clock);
    const snapshot: StoreSnapshot = await store.open();
    const plan = readPlan(state, snapshot.plan);
    const wanted = readWanted(state);
    if (wanted !== null) {
      snapshot.intents = Object.fromEntries(
        plan.services.map(({ name }) => [name, wanted.includes(name) ? 'running' : 'stopped']),
      );
    }
    this.#parts = await makeParts(
      this.#directories,
      clock,
      store,
      () => this.#plan().directory,
      () => this.#plan().project,
    );
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
    if (this.#dev)
      this.#development = new Development(clock, (event) => this.#daemon.post(event), this.#parts.daemonLog);
    await this.#development?.load(this.#plan());
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#stopBySignal(signal));
    process.on('SIGHUP', () => reloadByCommandLine(this.#plan(), state, this.#parts.daemonLog));
  }

  #plan(): Daemon['options']['plan'] {
    return this.#daemon.coordinator.world.plan;
  }

  async #listen(): Promise<void> {
    const { state, runtime } = this.#directories;
    const near = path.join(state, 'daemon.sock');
    const socket = Buffer.byteLength(near) <= SOCKET_PATH_MAX ? near : path.join(runtime, 'daemon.sock');
    // The lock is ours: whatever is there is left over.
    fs.rmSync(socket, { force: true });
    const { clock, store, logs } = this.#parts;
    this.#api = await serveApi(socket, {
      daemon: this.#daemon,
      store,
      logs,
      clock,
      degraded: () => this.#degraded(),
      keepPlan: (plan) => keepPlan(state, plan),
      planChanged: () => {
        this.#schedule.load(this.#plan());
        void this.#development?.load(this.#plan());
      },
    });
    fs.chmodSync(socket, 0o600);
    const identity: Identity | null = identify(process.pid);
    const said = { pid: process.pid, socket, version: version(), startedAt: new Date().toISOString(), identity };
    await atomicWrite(path.join(state, 'daemon.json'), `${JSON.stringify(said)}\n`, 0o600).catch((error: unknown) => {
      this.#parts.daemonLog.write(`${new Date().toISOString()} cannot write daemon.json: ${String(error)}`);
    });
  }

  #degraded(): string[] {
    const { store, logs, clock, processes } = this.#parts;
    const out = [...logs.problems(), ...processes.problems(), ...unheldOfPlan(this.#plan(), processes.limits)];
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
    for (const name of ['daemon.json', 'daemon.sock']) fs.rmSync(path.join(state, name), { force: true });
    await this.#api?.close(LAST_ANSWERS_MS);
    for (const { id } of this.#daemon.coordinator.world.instances.values()) this.#parts.logs.close(id);
    await this.#parts.close(FLUSH_MS);
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
