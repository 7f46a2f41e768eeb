import { readProc } from './read.ts';

/** What mainstay needs of `/proc/PID/stat` (proc(5)). */
export interface ProcessStat {
  pid: number;
  /** The program's short name; may hold blanks and parentheses. */
  comm: string;
  /** One letter: R, S, D, T, t, Z, X, I … */
  state: string;
  ppid: number;
  group: number;
  session: number;
  /** Field 22, in clock ticks since boot, as the kernel prints it. */
  startTime: string;
}

/** Parses one line of `/proc/PID/stat`; null when it is not one. The name ends at the *last* parenthesis. */
export function parseStat(line: string): ProcessStat | null {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 1 || close < open) return null;
  // Field 3 (state) is rest[0], so field n is rest[n − 3].
  const rest = line.slice(close + 2).split(' ', 20);
  const startTime = rest[19];
  const state = rest[0];
  if (startTime === undefined || state === undefined) return null;
  return {
    pid: Number(line.slice(0, open - 1)),
    comm: line.slice(open + 1, close),
    state,
    ppid: Number(rest[1]),
    group: Number(rest[2]),
    session: Number(rest[3]),
    startTime,
  };
}

/** The stat line of a process, zombies included; null when it is gone. */
export function readStat(pid: number): ProcessStat | null {
  const raw = readProc(`/proc/${pid}/stat`);
  return raw === null ? null : parseStat(raw.toString('latin1'));
}

/** A zombie has ended and only waits for its parent; X is on its way out. */
export function isDead(stat: ProcessStat): boolean {
  return stat.state === 'Z' || stat.state === 'X' || stat.state === 'x';
}
