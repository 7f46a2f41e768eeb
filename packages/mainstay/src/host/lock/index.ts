/** One daemon per state directory. */
import { realpathSync } from 'node:fs';
import { MainstayError } from '@mainstay/protocol';
import { lockByFile } from './file-lock.ts';
import { lockBySocket } from './socket-lock.ts';

/** Who holds a lock. */
export interface Holder {
  pid: number;
  /** ISO 8601, UTC. */
  startedAt: string;
  version: string;
  stateDir: string;
}

export interface Lock {
  release(): Promise<void>;
}

/** The lock, or who holds it; null when the holder does not say. */
export type Attempt = { lock: Lock } | { holder: Holder | null };

/**
 * Takes the lock of a state directory, for as long as this process lives or until `release`.
 * @param stateDir an existing directory; its real path counts, whatever links lead to it
 * @throws MainstayError `already-running`, naming the process that holds it
 */
export async function acquireLock(stateDir: string, version: string): Promise<Lock> {
  const real = realpathSync(stateDir);
  const self: Holder = { pid: process.pid, startedAt: new Date().toISOString(), version, stateDir: real };
  const attempt = process.platform === 'linux' ? await lockBySocket(self) : await lockByFile(self);
  if ('lock' in attempt) return attempt.lock;
  throw alreadyRunning(real, attempt.holder);
}

function alreadyRunning(stateDir: string, holder: Holder | null): MainstayError {
  const who =
    holder === null
      ? 'another process that does not answer holds its lock'
      : `mainstay ${holder.version} with pid ${holder.pid} runs it${holder.startedAt === '' ? '' : ` since ${holder.startedAt}`}`;
  return new MainstayError(
    'already-running',
    `cannot start in ${stateDir}: ${who}`,
    'use the running one, or end it with "mainstay down"',
  );
}
