import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Identity } from '@mainstay/protocol';
import { version } from '../../cli/version.ts';
import type { Plan } from '../../core/plan/index.ts';
import { serveApi, type ApiPorts, type ApiServer, type LineSink } from '../../daemon/index.ts';
import { inMemory, pointTo, resolveDirectories, type Directories } from '../../host/directories.ts';
import type { WriteFile } from '../../host/files/index.ts';
import { commandLine, identify, readStat } from '../../host/proc/index.ts';
import type { Clock, Timer } from '../../ports/index.ts';
import { keepPlan } from './plan-file.ts';

/** Longest path of a Unix socket on Linux is 107 bytes. */
const SOCKET_PATH_MAX = 107;
/** Whoever looks for this daemon and does not find it asks it at once (SIGUSR2); this is for what only reads the files. */
const LOOK_MS = 30_000;
/** How long the start waits for a disk that is to take `daemon.json`. */
const DISK_PATIENCE_MS = 3_000;

/**
 * How a daemon is found: its socket, and `daemon.json` that names it. When somebody removes the state directory
 * under it, they are made again, with the plan and the name of the guardian: otherwise no command would reach it.
 */
export class Presence {
  readonly socket: string;
  readonly #directories: Directories;
  readonly #clock: Clock;
  readonly #log: LineSink;
  readonly #api: ApiPorts;
  readonly #plan: () => Plan;
  readonly #write: WriteFile;
  readonly #startedAt = new Date().toISOString();
  #server: ApiServer | null = null;
  #timer: Timer | null = null;
  #making = false;
  #ended = false;

  constructor(
    directories: Directories,
    clock: Clock,
    log: LineSink,
    api: ApiPorts,
    plan: () => Plan,
    write: WriteFile,
  ) {
    const near = path.join(directories.state, 'daemon.sock');
    const fits = Buffer.byteLength(near) <= SOCKET_PATH_MAX;
    // In memory if possible: a socket is a file, and making one waits for its disk.
    this.socket = !inMemory(directories) && fits ? near : path.join(directories.runtime, 'daemon.sock');
    this.#directories = directories;
    this.#clock = clock;
    this.#log = log;
    this.#api = api;
    this.#plan = plan;
    this.#write = write;
  }

  /** @throws MainstayError `state-directory` when the socket cannot be made */
  async begin(): Promise<void> {
    await this.#listen();
    const named = this.#name().catch((error: unknown) => this.#say(`cannot write daemon.json: ${String(error)}`));
    await Promise.race([named, delay(DISK_PATIENCE_MS)]);
    this.#again();
  }

  /** Makes again what is gone. Never throws; what fails is tried again later. */
  async restore(): Promise<void> {
    if (this.#making || this.#ended) return;
    this.#making = true;
    try {
      const { state } = this.#directories;
      if (!(await exists(this.socket)) || !(await exists(path.join(state, 'daemon.json')))) {
        if (this.#ended) return;
        this.#say('its files are gone; they are made again');
        resolveDirectories(state);
        // First: the end of a server removes whatever is at its path.
        await this.#server?.close(0);
        await this.#listen();
        await keepPlan(state, this.#plan(), this.#write);
        await this.#nameGuardian();
        await this.#name();
      }
    } catch (error) {
      this.#say(`cannot make its files again: ${String(error)}`);
    } finally {
      this.#making = false;
    }
  }

  /** Answers on their way may take `graceMs`. */
  async end(graceMs: number): Promise<void> {
    const left = this.leave();
    await this.#server?.close(graceMs);
    await left;
  }

  /** Is found no more. */
  async leave(): Promise<void> {
    this.#ended = true;
    this.#timer?.cancel();
    for (const name of ['daemon.json', 'daemon.sock']) {
      await fs.promises.rm(path.join(this.#directories.state, name), { force: true });
    }
  }

  #again(): void {
    if (this.#ended) return;
    this.#timer = this.#clock.after(LOOK_MS, () => void this.restore().then(() => this.#again()));
  }

  async #listen(): Promise<void> {
    // The lock is ours: whatever is there is left over.
    fs.rmSync(this.socket, { force: true });
    this.#server = await serveApi(this.socket, this.#api);
    fs.chmodSync(this.socket, 0o600);
    this.#show();
  }

  /** A link where people look for the socket, if it is elsewhere. One that is there is not touched. */
  #show(): void {
    if (!inMemory(this.#directories)) return;
    try {
      pointTo(path.join(this.#directories.state, 'daemon.sock'), this.socket);
    } catch (error) {
      this.#say(`cannot make daemon.sock: ${String(error)}`);
    }
  }

  async #name(): Promise<void> {
    const identity: Identity | null = identify(process.pid);
    const said = { pid: process.pid, socket: this.socket, version: version(), startedAt: this.#startedAt, identity };
    await this.#write(path.join(this.#directories.state, 'daemon.json'), `${JSON.stringify(said)}\n`, 0o600);
  }

  async #nameGuardian(): Promise<void> {
    const pid = process.ppid;
    const stat = readStat(pid);
    if (stat === null || !/mainstay-(guardian|upgrade)/.test(commandLine(pid, 1_000_000) ?? '')) return;
    const said = { pid, startTime: stat.startTime };
    await this.#write(path.join(this.#directories.state, 'guardian.json'), `${JSON.stringify(said)}\n`, 0o600);
  }

  #say(text: string): void {
    this.#log.write(`${new Date().toISOString()} ${text}`);
  }
}

async function exists(file: string): Promise<boolean> {
  return fs.promises.access(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  );
}
