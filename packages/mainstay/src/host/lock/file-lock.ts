import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Attempt, Holder } from './index.ts';
import { parseHolder } from './socket-lock.ts';

/** Two that find the same dead holder at once each need another try. */
const TRIES = 10;

/**
 * A lock by a file, for systems without abstract sockets. The file appears complete (it is linked into place), and is
 * taken over when the process it names is gone.
 */
export async function lockByFile(self: Holder): Promise<Attempt> {
  const path = join(self.stateDir, 'daemon.lock');
  const mine = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(mine, JSON.stringify(self), { mode: 0o600, flag: 'wx' });
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (linked(mine, path)) return { lock: { release: () => release(path, self) } };
      const holder = holderOf(path);
      if (holder !== null && isAlive(holder.pid)) return { holder };
      takeAway(path, holder);
    }
    return { holder: holderOf(path) };
  } finally {
    rmSync(mine, { force: true });
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(path: string): Holder | null {
  try {
    return parseHolder(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** Removes the file of a dead holder, and puts it back when it turns out to be somebody else's by now. */
function takeAway(path: string, dead: Holder | null): void {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const taken = holderOf(aside);
  if (taken !== null && (taken.pid !== dead?.pid || taken.startedAt !== dead.startedAt)) linked(aside, path);
  rmSync(aside, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function release(path: string, self: Holder): Promise<void> {
  const holder = holderOf(path);
  if (holder?.pid === self.pid && holder.startedAt === self.startedAt) rmSync(path, { force: true });
}
