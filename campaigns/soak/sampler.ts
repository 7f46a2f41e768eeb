// What a daemon uses, from outside: /proc, the sizes of its files, and the report that Node writes when asked by a signal.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { bearers, signal, type Found } from '../../test/support/processes.ts';
import type { System } from '../../test/support/system.ts';

export interface Sample {
  /** Seconds since the first one. */
  at: number;
  /** Bytes, all of them. */
  rss: number;
  /** Without what is shared and without code. */
  own: number;
  heap: number;
  sharedMemory: number;
  store: number;
  writeAheadLog: number;
  logs: number;
  descriptors: number;
  threads: number;
  /** Of the project, the daemon and its guardian included. */
  processes: number;
}

const REPORT = 'heap.json';
const REPORT_WAIT_MS = 5000;

/** Makes Node write a report at SIGPWR; handed to the daemon through a variable that mainstay.yaml asks for. */
export function reportOptions(folder: string): string {
  return `--report-on-signal --report-signal=SIGPWR --report-compact --report-exclude-network --report-directory=${folder} --report-filename=${REPORT}`;
}

export class Sampler {
  readonly #system: System;
  readonly #reports: string;
  readonly #began = performance.now();

  /** @param reports the folder given to `reportOptions` */
  constructor(system: System, reports: string) {
    this.#system = system;
    this.#reports = reports;
  }

  async take(daemon: Found): Promise<Sample> {
    const status = readFileSync(`/proc/${daemon.pid}/status`, 'latin1');
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? NaN);
    const { stateDir, id } = this.#system;
    return {
      at: (performance.now() - this.#began) / 1000,
      rss: field('VmRSS') * 1024,
      own: field('RssAnon') * 1024,
      heap: await this.#heap(daemon),
      sharedMemory: used(this.#system.runtimeDirectories().find(exists) ?? join(stateDir, 'run')),
      store: sizeOf(join(stateDir, 'mainstay.db')),
      writeAheadLog: sizeOf(join(stateDir, 'mainstay.db-wal')),
      logs: used(join(stateDir, 'logs')),
      descriptors: readdirSync(`/proc/${daemon.pid}/fd`).length,
      threads: field('Threads'),
      processes: bearers([`MAINSTAY_COOKIE=${id}:`]).length,
    };
  }

  /** Bytes of JavaScript objects, and what they hold outside of the heap. */
  async #heap(daemon: Found): Promise<number> {
    const file = join(this.#reports, REPORT);
    const before = timeOf(file);
    signal(daemon, 'SIGPWR');
    const deadline = performance.now() + REPORT_WAIT_MS;
    while (performance.now() < deadline) {
      await delay(50);
      if (timeOf(file) === before) continue;
      try {
        const { javascriptHeap: heap } = JSON.parse(readFileSync(file, 'utf8')) as {
          javascriptHeap: { usedMemory: number; externalMemory: number };
        };
        return heap.usedMemory + heap.externalMemory;
      } catch {
        // Half written.
      }
    }
    throw new Error(`the daemon wrote no report within ${REPORT_WAIT_MS / 1000} s`);
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Bytes that a folder takes; files may go while it is looked at. */
function used(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true }) as string[]) {
    const found = statSync(join(folder, entry), { throwIfNoEntry: false });
    if (found?.isFile() === true) bytes += found.blocks * 512;
  }
  return bytes;
}
