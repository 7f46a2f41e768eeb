/** Starting the daemon under its guardian, a loop that outlives the command line and brings the daemon back. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MainstayError } from '@mainstay/protocol';
import type { ErrorBody, Identity } from '@mainstay/protocol';
import type { Plan } from '../../core/plan/index.ts';
import { Client, discover, guardianLives, readJson, startTimeOf } from '../client/index.ts';
import { lastWords, logOf } from '../client/last-words.ts';
import { claimStart } from './claim.ts';
import { entryPath } from './entry-path.ts';
import { daemonEnvironment } from './environment.ts';
import { diskAnswers } from './disk.ts';
import { cannotUse, makeStateDirectory, writePrivately } from './files.ts';
import { guardianCommand, REFUSED_EXIT } from './guardian.ts';

export interface StartDaemonOptions {
  /** Absolute. */
  stateDir: string;
  /** What a person calls the project. */
  label: string;
  plan: Plan;
  /** The services to want running, with all that they need; the others are wanted stopped. */
  services: readonly string[];
  /** `develop.watch` is active. */
  dev: boolean;
  /** The caller's environment, of which little is passed on. */
  env: Readonly<Record<string, string | undefined>>;
  /** Variables that mainstay.yaml uses and that were found only in the shell. */
  extraEnv: Readonly<Record<string, string>>;
  /** How long the daemon may take to answer; default 30 s. */
  timeoutMs?: number;
  /** Which program is the daemon; default the real one. */
  entry?: string;
}

/** Ends of the daemon, one soon after another, that mean that it will not come up. */
const HOPELESS = 3;

/**
 * Leaves the plan and what is wanted of it for the daemon (`<state>/plan.json`, `<state>/wanted.json`, 0600), starts the guardian, and waits until
 * the daemon answers. When somebody else is starting one at the same time, waits for that one; when one runs whose
 * guardian was killed, starts another guardian for it.
 *
 * @returns whether the daemon is the one started here, with this plan
 * @throws MainstayError `state-directory`, or with what the daemon said when it refuses or fails
 */
export async function startDaemon(options: StartDaemonOptions): Promise<boolean> {
  const { stateDir } = options;
  const client = new Client(options);
  // Nothing to start: the disk, which may not answer, is left alone.
  if (client.isGuarded && (await client.isRunning())) return false;
  await diskAnswers(stateDir);
  makeStateDirectory(stateDir);
  using _claim = await claimStart(stateDir).catch((error: unknown) => {
    throw cannotUse(stateDir, error);
  });
  if (await client.isRunning()) {
    guardAgain(options);
    return false;
  }
  const guardian = guardianLives(stateDir) ? null : leavePlanAndStart(options);

  const deadline = performance.now() + (options.timeoutMs ?? 30_000);
  while (!(await client.isRunning())) {
    const lines = guardian?.said() ?? [];
    const code = guardian?.process.exitCode ?? null;
    const killed = (guardian?.process.signalCode ?? null) !== null;
    if (code === REFUSED_EXIT) throw refused(options, lines);
    if (code !== null || killed) throw failed('it ended at once', stateDir, lines);
    const ends = lines.filter((line) => line.startsWith('guardian: the daemon ended')).length;
    if (ends >= HOPELESS || performance.now() > deadline) {
      guardian?.process.kill('SIGTERM');
      throw failed(ends >= HOPELESS ? `it ended ${ends} times` : 'it does not answer', stateDir, lines);
    }
    await sleep(50);
  }
  guardian?.process.unref();
  return guardian !== null;
}

/** A daemon whose guardian was killed gets another one. One that never had a guardian is looked after by somebody else. */
function guardAgain(options: StartDaemonOptions): void {
  const { stateDir } = options;
  const { file } = discover(stateDir);
  if (guardianLives(stateDir) || readJson(join(stateDir, 'guardian.json')) === null || file === null) return;
  const log = openSync(logOf(stateDir), 'a', 0o640);
  startGuardian(options, log, file.identity).unref();
  closeSync(log);
}

interface Guardian {
  process: ChildProcess;
  /** Lines of guardian.log since it was started. */
  said(): string[];
}

function leavePlanAndStart(options: StartDaemonOptions): Guardian {
  const logFile = logOf(options.stateDir);
  try {
    // What is wanted first: a plan without it would start everything.
    writePrivately(join(options.stateDir, 'wanted.json'), `${JSON.stringify(options.services)}\n`);
    writePrivately(join(options.stateDir, 'plan.json'), `${JSON.stringify(options.plan)}\n`);
    rmSync(refusalOf(options.stateDir), { force: true });
    const log = openSync(logFile, 'a', 0o640);
    const start = fstatSync(log).size;
    const process = startGuardian(options, log, null);
    closeSync(log);
    return { process, said: () => linesAfter(logFile, start) };
  } catch (error) {
    throw cannotUse(options.stateDir, error);
  }
}

/** @param orphan the daemon that runs already */
function startGuardian(options: StartDaemonOptions, log: number, orphan: Identity | null): ChildProcess {
  const entry = options.entry ?? entryPath('daemon');
  const [shell, ...args] = guardianCommand({ ...options, node: process.execPath, entry }, orphan);
  const guardian = spawn(shell, args, {
    cwd: '/',
    detached: true,
    env: daemonEnvironment(options.env, options.extraEnv),
    stdio: ['ignore', log, log],
  });
  guardian.once('error', () => undefined);
  if (guardian.pid !== undefined) {
    const identity = { pid: guardian.pid, startTime: startTimeOf(guardian.pid) };
    writePrivately(join(options.stateDir, 'guardian.json'), `${JSON.stringify(identity)}\n`);
  }
  return guardian;
}

export function linesAfter(path: string, offset: number): string[] {
  const text = readFileSync(path).subarray(offset).toString('utf8');
  return text.split('\n').filter((line) => line.trim() !== '');
}

function refused({ stateDir, label }: StartDaemonOptions, lines: readonly string[]): MainstayError {
  const body = readJson<ErrorBody['error']>(refusalOf(stateDir));
  if (body !== null) return new MainstayError(body.code as MainstayError['code'], body.message, body.hint);
  const why = lines.at(-1) ?? 'it refused';
  return new MainstayError('already-running', `cannot start the daemon of ${label}: ${why}`, 'mainstay status');
}

function failed(why: string, stateDir: string, lines: readonly string[]): MainstayError {
  return new MainstayError(
    'internal',
    `cannot start the daemon: ${why}${lastWords(lines)}`,
    `look at ${logOf(stateDir)}`,
  );
}

/** Where a daemon that refuses to run leaves its reason: an `ErrorBody['error']`. */
export const refusalOf = (stateDir: string): string => join(stateDir, 'run', 'refused.json');
