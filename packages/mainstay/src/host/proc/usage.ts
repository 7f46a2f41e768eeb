import { readProc } from './read.ts';

/** USER_HZ, which the kernel shows times in whatever it counts in itself. */
const TICK_MS = 10;

/**
 * Memory of a process in bytes; null when it is gone or may not be read.
 * @param exact its share of what it has in common with others (Pss), which the kernel has to add up; otherwise all that is resident (Rss)
 */
export function readMemory(pid: number, exact: boolean): number | null {
  if (exact) {
    const pss = /^Pss:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/smaps_rollup`)?.toString('latin1') ?? '');
    if (pss !== null) return Number(pss[1]) * 1024;
  }
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`)?.toString('latin1') ?? '');
  return rss === null ? null : Number(rss[1]) * 1024;
}

/** CPU time of a process so far, ms: user and system (fields 14 and 15 of `/proc/PID/stat`). */
export function readTimes(pid: number): number | null {
  const stat = readProc(`/proc/${pid}/stat`)?.toString('latin1');
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ', 13);
  const [user, system] = [fields?.[11], fields?.[12]];
  return user === undefined || system === undefined ? null : (Number(user) + Number(system)) * TICK_MS;
}
