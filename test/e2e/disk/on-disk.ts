/** A system whose state directory is on a disk of its own; its programs and their counts are elsewhere. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { JournalEvent } from '@mainstay/protocol';
import { account } from '../../support/lines.ts';
import { look, signal } from '../../support/processes.ts';
import { Disk } from '../../support/disk.ts';
import { PROGRAMS, System } from '../../support/system.ts';

/** Writes numbered lines and keeps beside them how many. */
export const LOGGER = `
  logger:
    command: [node, ${JSON.stringify(join(PROGRAMS, 'logger.mjs'))}, logger, counts, "10", "50"]
    restart_policy: { delay: 50ms, factor: 1, max_attempts: 1000 }`;

/** Is what a test kills. */
export const VICTIM = `
  victim: { command: [sleep, "86400"], restart_policy: { delay: 50ms, factor: 1, max_attempts: 1000 } }`;

export interface OnDisk {
  system: System;
  disk: Disk;
}

/** Started with the services given; null where there can be no disk. Gone at the end of the test. */
export async function upOnDisk(
  t: Pick<TestContext, 'after'>,
  services: string,
  megabytes = 64,
): Promise<OnDisk | null> {
  const disk = await Disk.make(megabytes);
  if (disk === null) return null;
  const system = new System(`services:${services}\n`, disk.stateDir);
  t.after(async () => {
    await disk.thaw();
    await system.end();
    await disk[Symbol.asyncDispose]();
  });
  mkdirSync(join(system.folder, 'counts'));
  await system.succeeds('up', '-d');
  return { system, disk };
}

/** Kills a service and waits until another process of it is ready. */
export async function crash(system: System, name: string): Promise<void> {
  const { pid } = await system.becomes(name, ({ state }) => state === 'ready', 'ready');
  const found = look(pid ?? 0);
  if (found === null || pid === null) throw new Error(`${name} does not run`);
  signal(found, 'SIGKILL');
  await system.replaced(name, pid);
}

/** Waits until `status` says, or no longer says, that something is degraded. */
export async function degraded(system: System, wanted: RegExp | null): Promise<void> {
  await system.eventually(wanted === null ? 'nothing is degraded' : `degraded: ${wanted.source}`, async () => {
    const said = (await system.answers()).daemon.degraded.join('\n');
    return wanted === null ? said === '' : wanted.test(said);
  });
}

export async function events(system: System, type: JournalEvent['type']): Promise<JournalEvent[]> {
  return (await system.ask<JournalEvent[]>(`/api/v1/events?types=${type}&limit=10000`)) ?? [];
}

/** What is wrong with the lines of LOGGER. */
export function missing(system: System): string[] {
  return account('logger', system.log('logger'), join(system.folder, 'counts')).problems;
}
