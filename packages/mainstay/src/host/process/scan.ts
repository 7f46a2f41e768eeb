import type { Identity } from '@mainstay/protocol';
import { bootId, environmentValue, isDead, listPids, readStat, type ProcessStat } from '../proc/index.ts';
import { COOKIE } from './cookie.ts';

/** By what the processes of one tree are recognised. */
export interface Marks {
  cookie: string;
  /** Session and process group of the launcher; null once another process may have its number. */
  session: number | null;
  /** Start of the launcher, in clock ticks: nothing of the tree is older. */
  since: number;
  /** Members found earlier: they stay members when they lose every mark. */
  known: readonly Identity[];
}

/**
 * One pass over /proc for any number of trees. Members are: the session or process group of the launcher,
 * bearers of the cookie (who called setsid), what was known, and the descendants of all these (who dropped
 * their environment). Only environments of processes younger than the oldest tree are read.
 */
export function scanTrees(marks: readonly Marks[]): Identity[][] {
  const since = Math.min(...marks.map((mark) => mark.since));
  const processes: ProcessStat[] = [];
  const present = new Map<number, ProcessStat>();
  for (const pid of listPids()) {
    if (pid === process.pid) continue;
    const stat = readStat(pid);
    if (stat === null || isDead(stat) || Number(stat.startTime) < since) continue;
    processes.push(stat);
    present.set(pid, stat);
  }
  const cookies = cookieIndex(processes);
  return marks.map((mark) => membersOf(mark, processes, present, cookies));
}

function cookieIndex(processes: readonly ProcessStat[]): Map<string, ProcessStat[]> {
  const index = new Map<string, ProcessStat[]>();
  for (const stat of processes) {
    const cookie = environmentValue(stat.pid, COOKIE);
    if (cookie === null) continue;
    const bearers = index.get(cookie);
    if (bearers === undefined) index.set(cookie, [stat]);
    else bearers.push(stat);
  }
  return index;
}

function membersOf(
  mark: Marks,
  processes: readonly ProcessStat[],
  present: ReadonlyMap<number, ProcessStat>,
  cookies: ReadonlyMap<string, ProcessStat[]>,
): Identity[] {
  const found = new Map<number, ProcessStat>();
  for (const stat of cookies.get(mark.cookie) ?? []) found.set(stat.pid, stat);
  for (const { pid, startTime } of mark.known) {
    const stat = present.get(pid);
    if (stat?.startTime === startTime) found.set(pid, stat);
  }
  for (const stat of processes) {
    if (Number(stat.startTime) < mark.since) continue;
    if (mark.session !== null && (stat.session === mark.session || stat.group === mark.session)) {
      found.set(stat.pid, stat);
    }
  }
  // Descendants, in as many rounds as the tree is deep.
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const stat of processes) if (found.has(stat.ppid)) found.set(stat.pid, stat);
  }
  const boot = bootId();
  return [...found.values()].map(({ pid, startTime }) => ({ bootId: boot, pid, startTime }));
}
