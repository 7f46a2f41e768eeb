/** What the measures share: a supervisor under test, its services, and when they wrote their first byte. */
import { execFileSync, spawn } from 'node:child_process';
import {
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as mainstay from './adapter.mjs';

export interface Service {
  name: string;
  argv: string[];
  policy: 'fast' | 'default';
  log?: { maxBytes: number; keep: number };
}

/** The part of the adapter's interface that is measured here. */
export interface Supervisor {
  prepare(services: Service[], directory: string): void;
  launch(): Promise<void>;
  daemonPids(): number[];
  logFiles(service: string): string[];
  stop(): Promise<void>;
  /** Without a command of its own; where that is missing, `stop` does so. */
  stopBySignal?(): Promise<void>;
}

export interface Full extends Supervisor {
  mainPid(): number;
  pids(): Promise<Record<string, number>>;
  relaunch(): Promise<void>;
}

export const makeMainstay = (): Full => mainstay.create() as Full;
export const shipped = (): Promise<string> => mainstay.version();

/** The bare loop, on the Node that runs this. */
export function makeFloor(): Supervisor {
  let directory = '';
  let child: ReturnType<typeof spawn> | null = null;
  return {
    prepare(services, place) {
      directory = place;
      const table = services.map(({ name, argv }) => ({ argv, log: join(place, `${name}.log`) }));
      writeFileSync(join(place, 'table.json'), JSON.stringify(table));
    },
    launch() {
      const program = fileURLToPath(new URL('./floor.mjs', import.meta.url));
      child = spawn(process.execPath, [program, join(directory, 'table.json')], { stdio: 'ignore', detached: true });
      return Promise.resolve();
    },
    daemonPids: () => (child?.pid === undefined ? [] : [child.pid]),
    logFiles: (service) => [join(directory, `${service}.log`)],
    async stop() {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export interface Stamp {
  name: string;
  pid: number;
  /** Monotonic ms, when it was read here. */
  at: number;
}

/** One run of a supervisor in a folder of its own; nothing is left of it afterwards. */
export class Run<T extends Supervisor> implements AsyncDisposable {
  readonly supervisor: T;
  readonly directory = mkdtempSync(join(tmpdir(), 'supervisor-bench-'));
  readonly stamps: Stamp[] = [];
  /** Monotonic ms. */
  launchedAt = NaN;
  readonly #fifo = join(this.directory, 'stamps');
  readonly #socket: Socket;

  constructor(supervisor: T) {
    this.supervisor = supervisor;
    execFileSync('mkfifo', [this.#fifo]);
    this.#socket = new Socket({
      fd: openSync(this.#fifo, constants.O_RDWR | constants.O_NONBLOCK),
      readable: true,
      writable: false,
    });
    let rest = '';
    this.#socket.setEncoding('latin1').on('data', (text: string) => {
      const at = performance.now();
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [name = '', pid = ''] = line.split(' ');
        this.stamps.push({ name, pid: Number(pid), at });
      }
    });
  }

  /** A service that says that it is there, and then becomes `then`. */
  service(name: string, then = 'exec sleep 1000000', more: Partial<Service> = {}): Service {
    return {
      name,
      argv: ['/bin/sh', '-c', `echo "$1 $$" >>"$2"; ${then}`, 'sh', name, this.#fifo],
      policy: 'fast',
      ...more,
    };
  }

  async launch(services: Service[]): Promise<void> {
    mkdirSync(this.directory, { recursive: true });
    this.supervisor.prepare(services, this.directory);
    this.launchedAt = performance.now();
    await this.supervisor.launch();
    await until(() => this.stamps.length >= services.length, 180_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.supervisor.stop();
    this.#socket.destroy();
    for (const pid of this.left()) process.kill(pid, 'SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Living processes that name this run's folder in their arguments or environment. */
  left(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && alive(Number(name)))
      .filter((name) => ['cmdline', 'environ'].some((file) => read(`/proc/${name}/${file}`).includes(this.directory)))
      .map(Number);
  }
}

export function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Not a zombie. */
export function alive(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== '' && !/\) [ZX] /.test(stat);
}

/** @throws Error when it takes longer */
export async function until(condition: () => boolean, timeoutMs: number, stepMs = 2): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s in vain`);
    await sleep(stepMs);
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** Resident memory in KiB: all of it, and the part that is shared fairly. */
export function memoryOf(pids: readonly number[]): { rss: number; pss: number } {
  const sum = (field: string): number =>
    pids.reduce(
      (total, pid) =>
        total + Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0),
      0,
    );
  return { rss: sum('Rss'), pss: sum('Pss') };
}

/** Processor time so far in ms, of every thread; ended children in clock ticks. */
export function cpuOf(pids: readonly number[]): number {
  let total = 0;
  for (const pid of pids) {
    if (!existsSync(`/proc/${pid}/task`)) continue;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      total += Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]) / 1e6;
    }
    const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
    total += (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) * 10;
  }
  return total;
}
