import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, readJson, startTimeOf } from '../client/index.ts';
import type { GuardianFile } from '../client/index.ts';

/**
 * The right to start the daemon of a state directory: one process at a time, so that two commands at
 * once do not start two guardians. Waits while another living process has it. The daemon's own lock
 * decides in the end; this only keeps `guardian.json` true.
 */
export async function claimStart(stateDir: string): Promise<Disposable> {
  const path = join(stateDir, 'starting.json');
  for (;;) {
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) }));
      closeSync(file);
      return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readJson<GuardianFile>(path);
    // Unreadable: its writer is between opening and writing, or died there; the pause tells them apart.
    if (holder === null) await sleep(100);
    const again = holder ?? readJson<GuardianFile>(path);
    if (again === null || !isAlive(again.pid, again.startTime)) rmSync(path, { force: true });
    else await sleep(50);
  }
}
