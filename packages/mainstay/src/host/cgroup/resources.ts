import { writeFileSync } from 'node:fs';
import type { ResourcesPlan } from '../../core/plan/index.ts';
import { readProc } from '../proc/index.ts';
import type { Controller } from './controllers.ts';

/** The directory of one group in the hierarchy of one controller. */
export interface Controlled {
  version: 1 | 2;
  directory: string;
}

/** A limit that the kernel did not take. */
export interface Refused {
  limit: 'memory' | 'cpus' | 'pids';
  /** Why, in words. */
  why: string;
}

/** What a group uses for its memory. */
export interface GroupMemory {
  /** Bytes, cached files included; null when it cannot tell. */
  bytes: number | null;
  /** Processes that the kernel killed for want of memory, so far. */
  oomKills: number;
}

/** Length of the period in which CPU time is measured out, µs: the kernel's default. */
const PERIOD_US = 100_000;
/** The kernel takes no smaller quota, µs. */
const LEAST_QUOTA_US = 1000;

/**
 * Writes limits into the files of a group (cgroups v2: Documentation/admin-guide/cgroup-v2.rst; v1: cgroup-v1/memory.rst,
 * sched-bwc.rst, pids.rst). As in compose, a program may swap as much again as its memory.
 */
export function writeLimits(
  groups: Readonly<Partial<Record<Controller, Controlled>>>,
  { memory, memoryReservation, cpus, pids }: ResourcesPlan,
): Refused[] {
  const refused: Refused[] = [];
  const write = (limit: Refused['limit'], controlled: Controlled, file: string, value: string): void => {
    try {
      writeFileSync(`${controlled.directory}/${file}`, value, { flag: 'r+' });
    } catch (error) {
      refused.push({ limit, why: reason(limit, (error as NodeJS.ErrnoException).code ?? 'unknown error') });
    }
  };
  const quota = cpus === null ? null : Math.max(LEAST_QUOTA_US, Math.round(cpus * PERIOD_US));
  const { memory: inMemory, cpu: inCpu, pids: inPids } = groups;
  if (inMemory?.version === 2) {
    write('memory', inMemory, 'memory.max', String(memory ?? 'max'));
    write('memory', inMemory, 'memory.low', String(memoryReservation ?? 0));
    attempt(`${inMemory.directory}/memory.swap.max`, String(memory ?? 'max'));
  } else if (inMemory !== undefined) {
    // Memory and swap together: never less than memory alone, so it makes way first.
    const both = `${inMemory.directory}/memory.memsw.limit_in_bytes`;
    attempt(both, '-1');
    write('memory', inMemory, 'memory.limit_in_bytes', String(memory ?? -1));
    write('memory', inMemory, 'memory.soft_limit_in_bytes', String(memoryReservation ?? -1));
    if (memory !== null) attempt(both, String(2 * memory));
  }
  if (inCpu !== undefined) {
    if (inCpu.version === 2) write('cpus', inCpu, 'cpu.max', `${quota ?? 'max'} ${PERIOD_US}`);
    else {
      write('cpus', inCpu, 'cpu.cfs_period_us', String(PERIOD_US));
      write('cpus', inCpu, 'cpu.cfs_quota_us', String(quota ?? -1));
    }
  }
  if (inPids !== undefined) write('pids', inPids, 'pids.max', String(pids ?? 'max'));
  return refused;
}

/** For files that not every kernel has. */
export function attempt(path: string, value: string): void {
  try {
    writeFileSync(path, value, { flag: 'r+' });
  } catch {
    // Swap is not limited then.
  }
}

function reason(limit: Refused['limit'], code: string): string {
  if (code === 'EBUSY' && limit === 'memory') return 'it uses more at the moment';
  if (code === 'EINVAL' && limit === 'cpus') return 'the control group around it allows less';
  return code;
}

/** Version 1 has no word for "no limit": the largest number of pages. */
const UNLIMITED_V1 = 2 ** 62;

/** The memory limit of a group, in bytes; null when it has none. */
export function memoryLimit({ version, directory }: Controlled): number | null {
  const text = read(`${directory}/${version === 2 ? 'memory.max' : 'memory.limit_in_bytes'}`)?.trim();
  if (text === undefined || text === 'max' || text === '') return null;
  const bytes = Number(text);
  return Number.isFinite(bytes) && bytes < UNLIMITED_V1 ? bytes : null;
}

/** CPU time of a group of version 2 so far, ms: all of them count it, with or without a controller; null when it is gone. */
export function readCpu(directory: string): number | null {
  // The first line: usage_usec N.
  const used = /^usage_usec (\d+)/.exec(readProc(`${directory}/cpu.stat`)?.toString('latin1', 0, 40) ?? '');
  return used === null ? null : Number(used[1]) / 1000;
}

export function readMemoryOf(controlled: Controlled): GroupMemory {
  const { version, directory } = controlled;
  const text = read(`${directory}/${version === 2 ? 'memory.current' : 'memory.usage_in_bytes'}`);
  return { bytes: text === null ? null : Number(text), oomKills: oomKills(controlled) };
}

/** How many processes of the group the kernel has killed for want of memory, whoever's limit it was. */
export function oomKills({ version, directory }: Controlled): number {
  return count(`${directory}/${version === 2 ? 'memory.events' : 'memory.oom_control'}`, 'oom_kill');
}

/** The group's own limit if it was ever reached, in bytes; null otherwise. */
export function limitReached(controlled: Controlled): number | null {
  const { version, directory } = controlled;
  const times =
    version === 2 ? count(`${directory}/memory.events`, 'max') : Number(read(`${directory}/memory.failcnt`) ?? 0);
  return times > 0 ? memoryLimit(controlled) : null;
}

function count(path: string, key: string): number {
  const match = new RegExp(`^${key} (\\d+)$`, 'm').exec(read(path) ?? '');
  return match === null ? 0 : Number(match[1]);
}

function read(path: string): string | null {
  return readProc(path)?.toString('latin1') ?? null;
}
