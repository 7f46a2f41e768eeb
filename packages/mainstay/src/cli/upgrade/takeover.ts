/** The new version takes the place of the running one. The work is done by the new guardian; here it is started and waited for. */
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MainstayError } from '@mainstay/protocol';
import type { ErrorBody, StatusReport } from '@mainstay/protocol';
import { Client, guardianLives, isAlive, readJson } from '../client/index.ts';
import { guardianCommand, LOOKS_PER_SECOND, UPGRADE_SCRIPT } from '../daemonize/guardian.ts';
import type { Guarded } from '../daemonize/guardian.ts';
import { lastWords, logOf } from '../client/last-words.ts';
import { linesAfter, refusalOf } from '../daemonize/index.ts';
import type { Running } from './running.ts';

export interface Takeover {
  stateDir: string;
  label: string;
  running: Running;
  /** The new version. */
  program: Guarded;
  /** Where its daemon keeps the store if it changes the format. */
  kept: string;
  /** The files of the old version are still there. */
  rollback: boolean;
  /** How long its daemon may take to prove itself, ms. */
  limitMs: number;
}

/** How long the daemon that is left in the end may take to answer, ms. */
const ANSWER_MS = 60_000;

/**
 * Takes over. Resolves when the new daemon has proved itself.
 *
 * @throws MainstayError `upgrade-failed` when it did not; then the old version runs again
 */
export async function takeOver(what: Takeover): Promise<void> {
  const { stateDir, label, running, program } = what;
  const outcome = join(stateDir, 'run', 'upgrade');
  rmSync(outcome, { force: true });
  rmSync(refusalOf(stateDir), { force: true });
  const log = openSync(logOf(stateDir), 'a', 0o640);
  const start = fstatSync(log).size;
  const words = (one: { pid: number; startTime: string } | null): [string, string] =>
    one === null ? ['', ''] : [String(one.pid), one.startTime];
  const args = [
    '-c',
    UPGRADE_SCRIPT,
    'mainstay-upgrade',
    program.node,
    program.entry,
    stateDir,
    ...words(running.guardian),
    ...words(running.daemon),
    String(Math.ceil((what.limitMs / 1000) * LOOKS_PER_SECOND)),
    what.kept,
    program.dev ? '--dev' : '',
    ...guardianCommand(running.program, null),
  ];
  const guardian = spawn('/bin/sh', args, { cwd: '/', detached: true, env: running.env, stdio: ['ignore', log, log] });
  guardian.once('error', () => undefined);
  guardian.unref();
  closeSync(log);

  const lives = (): boolean => guardian.pid !== undefined && isAlive(guardian.pid, null);
  let told = toldIn(outcome);
  while (told === null && lives()) {
    await sleep(50);
    told = toldIn(outcome);
  }
  if (told === 'done') return answering(stateDir, label, 'the new daemon');
  const reason = reasonOf(stateDir, told, linesAfter(logOf(stateDir), start));
  if (!what.rollback) {
    throw new MainstayError(
      'upgrade-failed',
      `cannot upgrade ${label}: ${reason}; the files of the old version are gone, and services run on without a daemon`,
      `install a version that works at the same place: it is started by itself; or look at ${logOf(stateDir)}`,
    );
  }
  await answering(stateDir, label, 'the old daemon');
  const { daemon } = await new Client({ stateDir, label }).json<StatusReport>('GET', '/status');
  throw new MainstayError(
    'upgrade-failed',
    `cannot upgrade ${label}: ${reason}; ${daemon.version} runs again, and services were not touched`,
    `look at ${logOf(stateDir)}`,
  );
}

/** What the new guardian has said of the end; null while it has not. */
function toldIn(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function reasonOf(stateDir: string, told: string | null, lines: readonly string[]): string {
  if (told === null) return 'the new guardian was killed';
  const refused = readJson<ErrorBody['error']>(refusalOf(stateDir));
  if (refused !== null) return `the new daemon refused: ${refused.message}`;
  const why = told.replace(/^rolled back: (it )?/, '');
  return `the new daemon ${why}${lastWords(lines)}`;
}

/** Waits until a daemon answers that has a guardian. @throws MainstayError `upgrade-failed` when none does */
async function answering(stateDir: string, label: string, who: string): Promise<void> {
  const client = new Client({ stateDir, label });
  const deadline = performance.now() + ANSWER_MS;
  while (!(await client.isRunning())) {
    if (performance.now() < deadline && guardianLives(stateDir)) {
      await sleep(50);
      continue;
    }
    throw new MainstayError(
      'upgrade-failed',
      `cannot reach ${who} of ${label} after the upgrade; services run on`,
      'mainstay up -d',
    );
  }
}
