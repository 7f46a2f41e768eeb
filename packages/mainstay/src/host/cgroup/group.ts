import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ResourcesPlan } from '../../core/plan/index.ts';
import { readProc } from '../proc/index.ts';
import type { Controller, Controllers, Place } from './controllers.ts';
import {
  attempt,
  limitReached,
  memoryLimit,
  oomKills,
  readCpu,
  readMemoryOf,
  writeLimits,
  type Controlled,
  type GroupMemory,
  type Refused,
} from './resources.ts';

/** The control group of one incarnation. Control group files are memory, not disk: no call here waits. */
export interface Group {
  /** Its name within the project. */
  readonly name: string;
  /** The `cgroup.procs` files that a process writes 0 to before it becomes the program, one per hierarchy. */
  readonly join: readonly string[];
  /** Its directory in the version 2 hierarchy, where a process can be born in it instead; null when it is of version 1. */
  readonly birth: string | null;
  /** Processes in it and in groups below it; zombies may be among them. */
  members(): number[];
  /** Whether no process is left in it. */
  empty(): boolean;
  /** Has the kernel kill every member at once; false when it cannot and each has to be killed. */
  kill(): boolean;
  /** Removes it, in every hierarchy; false while it still has members. */
  remove(): boolean;
  /** Sets limits anew, for those that are in it as well. What the kernel did not take. */
  limit(resources: ResourcesPlan): Refused[];
  /** The memory limit that the kernel holds, in bytes; null: none. */
  memoryLimit(): number | null;
  /** CPU time so far, ms; null when it cannot tell. */
  cpu(): number | null;
  memory(): GroupMemory;
  /** What the kernel did for want of memory; `limit` is the group's own, if that was reached. */
  outOfMemory(): { kills: number; limit: number | null };
}

/**
 * The group in `directory`.
 * @param at the group's directory in another hierarchy; null: it has none there
 * @param fresh it was made just now, and is in no other hierarchy yet
 */
export function createGroup(
  version: 1 | 2,
  directory: string,
  controllers: Controllers,
  at: (place: Place) => string | null,
  fresh = false,
): Group {
  const controlled = (controller: Controller): Controlled | undefined => {
    const place = controllers[controller];
    const path = place === null ? null : at(place);
    return place === null || path === null ? undefined : { version: place.mount.version, directory: path };
  };
  const memory = controlled('memory');
  const cpu = controlled('cpu');
  const pids = controlled('pids');
  const others = [...new Set([memory, cpu, pids].flatMap((one) => one?.directory ?? []))].filter(
    (path) => path !== directory,
  );
  let known: string[] | null = fresh ? [] : null;
  /** Those of the other directories that exist: without limits there are none, because joining them takes time. */
  const existing = (): string[] => (known ??= others.filter((path) => existsSync(path)));
  const exists = ({ directory: path }: Controlled): boolean => path === directory || existing().includes(path);
  const counted = (): Controlled | undefined => (memory !== undefined && exists(memory) ? memory : undefined);
  return {
    name: basename(directory),
    get join() {
      return [directory, ...existing()].map((path) => `${path}/cgroup.procs`);
    },
    birth: version === 2 ? directory : null,
    members: () => members(directory),
    empty: () => isEmpty(version, directory),
    kill() {
      try {
        // Without O_CREAT: kernels before 5.14 have no such file.
        writeFileSync(`${directory}/cgroup.kill`, '1', { flag: 'r+' });
        return true;
      } catch {
        return false;
      }
    },
    remove() {
      // The one that tells which groups there are goes last.
      const removed = [...others, directory].map((path) => {
        for (const name of subgroups(path)) removeTree(`${path}/${name}`);
        const gone = removeDirectory(path);
        // The last group takes the project's directory along; while others are left this is refused.
        if (gone) removeDirectory(dirname(path));
        return gone;
      });
      return removed.every(Boolean);
    },
    limit(resources) {
      const { cpus, pids: processes, memory: bytes, memoryReservation } = resources;
      const groups: Partial<Record<Controller, Controlled>> = {};
      for (const [controller, one, wanted] of [
        ['memory', memory, bytes ?? memoryReservation],
        ['cpu', cpu, cpus],
        ['pids', pids, processes],
      ] as const) {
        if (one === undefined || (!exists(one) && wanted === null)) continue;
        if (!exists(one)) moveInto(one.directory, directory);
        known = null;
        groups[controller] = one;
      }
      return writeLimits(groups, resources);
    },
    memoryLimit() {
      const one = counted();
      return one === undefined ? null : memoryLimit(one);
    },
    cpu: () => (version === 2 ? readCpu(directory) : null),
    memory() {
      const one = counted();
      return one === undefined ? { bytes: null, oomKills: 0 } : readMemoryOf(one);
    },
    outOfMemory() {
      const one = counted();
      return one === undefined ? { kills: 0, limit: null } : { kills: oomKills(one), limit: limitReached(one) };
    },
  };
}

/** Makes a group and has the members of another join it, until none has been forked meanwhile. */
function moveInto(directory: string, from: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    // Version 1: what they use already counts as well, where the kernel still offers it.
    attempt(`${directory}/memory.move_charge_at_immigrate`, '3');
  } catch {
    // Setting the limit will say so.
    return;
  }
  const moved = new Set<number>();
  for (let again = true; again;) {
    again = false;
    for (const pid of members(from)) {
      if (moved.has(pid)) continue;
      moved.add(pid);
      again = true;
      try {
        writeFileSync(`${directory}/cgroup.procs`, String(pid), { flag: 'r+' });
      } catch {
        // It has ended.
      }
    }
  }
}

function members(directory: string): number[] {
  const pids: number[] = [];
  const procs = readProc(`${directory}/cgroup.procs`)?.toString('latin1') ?? '';
  for (const line of procs.split('\n')) if (line !== '') pids.push(Number(line));
  for (const name of subgroups(directory)) pids.push(...members(`${directory}/${name}`));
  return pids;
}

function isEmpty(version: 1 | 2, directory: string): boolean {
  if (version === 1) return members(directory).length === 0;
  // The kernel answers for the groups below as well. A group that is gone is empty.
  return readProc(`${directory}/cgroup.events`)?.includes('populated 1') !== true;
}

/** Names of the groups in a group; none when it is gone. */
export function subgroups(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

/** Removes a group and those below it, as far as nothing is in them. */
export function removeTree(directory: string): void {
  for (const name of subgroups(directory)) removeTree(`${directory}/${name}`);
  removeDirectory(directory);
}

/** Removes an empty group. Whether it is gone afterwards. */
export function removeDirectory(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
