import type { Identity } from '@mainstay/protocol';
import { bootId } from './read.ts';
import { isDead, readStat } from './stat.ts';

/** The identity of a living process; null when it is gone or a zombie. */
export function identify(pid: number): Identity | null {
  const stat = readStat(pid);
  if (stat === null || isDead(stat)) return null;
  return { bootId: bootId(), pid, startTime: stat.startTime };
}

/** Whether exactly this process lives: not another one with its pid, not a zombie. */
export function isAlive(identity: Identity): boolean {
  if (identity.bootId !== bootId()) return false;
  const stat = readStat(identity.pid);
  return stat !== null && stat.startTime === identity.startTime && !isDead(stat);
}
