import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Identity } from '@mainstay/protocol';

/** `<state>/daemon.json`: what a daemon says of itself while it runs. */
export interface DaemonFile {
  pid: number;
  /** Absolute path of the socket: in the runtime directory when `<state>/daemon.sock` is too long for one. */
  socket: string;
  version: string;
  startedAt: string;
  identity: Identity;
}

/** Where the daemon of a state directory listens, and who it was. */
export interface Endpoint {
  socket: string;
  file: DaemonFile | null;
}

export function discover(stateDir: string): Endpoint {
  const file = readJson<DaemonFile>(join(stateDir, 'daemon.json'));
  const socket = typeof file?.socket === 'string' ? file.socket : join(stateDir, 'daemon.sock');
  return { socket, file };
}

/** A file's JSON; null when it is not there or torn. */
export function readJson<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return null;
  }
}

/** True when the process of this pid is alive (not a zombie) and, where known, the same one. */
export function isAlive(pid: number, startTime: string | null): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The program's name may hold spaces and brackets: fields count from the last ")"; field 3 is the state.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] !== 'Z' && fields[0] !== 'X' && (startTime === null || fields[19] === startTime);
  } catch {
    return false;
  }
}

/** Field 22 of `/proc/PID/stat`; null when there is no such process. */
export function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
