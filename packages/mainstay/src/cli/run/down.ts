import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, MainstayError } from '@mainstay/protocol';
import type { DownRequest, StatusReport } from '@mainstay/protocol';
import { Client, guardianLives, isAlive, readJson } from '../client/index.ts';
import type { DaemonProcess, GuardianFile } from '../client/index.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';
import { currentProject, showProgress } from './progress.ts';
import type { Label } from './progress.ts';

export async function run(context: Context): Promise<number> {
  const target = locateProject(context);
  const client = new Client(target);
  const { project, label } = await currentProject(client).catch(async (error: unknown) => {
    if (!(error instanceof MainstayError) || error.code !== 'no-daemon') throw error;
    if (guardianLives(target.stateDir)) throw error;
    const { adoptToEnd } = await import('./abandoned.ts');
    if (!(await adoptToEnd(target, context))) throw error;
    return currentProject(client);
  });
  const daemon = client.daemonProcess();
  const code = await bringDown(client, { now: context.flags.has('now') }, label, context);
  if (code !== EXIT.done) return code;
  await daemonGone(client, target.stateDir, daemon);
  if (!context.json) context.io.out(`${project} is down\n`);
  return code;
}

/** Stops everything and shows how it goes. A daemon that has ended before it said so has done what was asked. */
export async function bringDown(client: Client, body: DownRequest, label: Label, context: Context): Promise<number> {
  try {
    return await showProgress(client.progress('/api/v1/down', body), label, context, null);
  } catch (error) {
    if (!(error instanceof MainstayError) || error.code !== 'no-daemon') throw error;
    // It may be on its last steps, or back for a moment to finish: only what stays has not done it.
    const deadline = performance.now() + 10_000;
    while (await client.isComingBack()) {
      if (performance.now() > deadline) throw error;
      await sleep(50);
    }
    return EXIT.done;
  }
}

/** Everything is stopped, and yet the daemon stays: usually for a disk that takes nothing. */
async function staysOn(client: Client): Promise<MainstayError> {
  const report = await client.json<StatusReport>('GET', '/status').catch(() => null);
  const why = (report?.daemon.degraded ?? []).join('; ');
  return new MainstayError(
    'timeout',
    why === ''
      ? 'cannot see the daemon end: everything is stopped, but after 10 s it still runs'
      : `cannot see the daemon end: everything is stopped, but not everything is written down (${why}); it ends when it is`,
    'mainstay down --now, which leaves without it',
  );
}

/**
 * Waits until neither the daemon nor its guardian is left. A daemon on its last steps answers nobody any
 * more: `daemon` is the process that was asked.
 *
 * @throws MainstayError `timeout` after 10 s
 */
export async function daemonGone(client: Client, stateDir: string, daemon: DaemonProcess | null): Promise<void> {
  const deadline = performance.now() + 10_000;
  const lives = (): boolean => daemon !== null && isAlive(daemon.pid, daemon.startTime);
  while (guardianLives(stateDir) || lives() || (await client.isRunning())) {
    if (performance.now() > deadline) {
      throw await staysOn(client);
    }
    await sleep(50);
  }
  // Left by those that were killed.
  rmSync(join(stateDir, 'guardian.json'), { force: true });
  const starting = readJson<GuardianFile>(join(stateDir, 'starting.json'));
  if (starting !== null && !isAlive(starting.pid, starting.startTime)) {
    rmSync(join(stateDir, 'starting.json'), { force: true });
  }
}
