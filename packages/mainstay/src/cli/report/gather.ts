import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import type { ErrorBody, HistoryLine, RestartCount, StandingInterval } from '@mainstay/protocol';
import type { Period } from '../../core/uptime/figures/index.ts';
import { Client } from '../client/index.ts';
import { lines } from '../client/stream.ts';
import { entryPath } from '../daemonize/entry-path.ts';
import type { Project } from '../project/locate.ts';

/** What is known of a time. */
export interface History {
  project: string | null;
  /** The last moment that was observed, UTC ms; null: nobody can say. */
  observed: number | null;
  /** False: no daemon runs, and it was read from the file. */
  isLive: boolean;
  intervals: StandingInterval[];
  restarts: RestartCount[];
}

/**
 * Asks the daemon, to which its store belongs while it runs; without one, a process of its own reads the file.
 *
 * @throws MainstayError as the daemon or the store says
 */
export async function gather(project: Project, { since, until }: Period): Promise<History> {
  const history: History = { project: null, observed: null, isLive: true, intervals: [], restarts: [] };
  try {
    for await (const line of new Client(project).history(since, until)) take(history, line);
  } catch (error) {
    const began = history.observed !== null;
    if (!(error instanceof MainstayError) || error.code !== 'no-daemon' || began) throw error;
    history.isLive = false;
    for await (const line of readFile(project, since, until)) take(history, line);
  }
  return history;
}

function take(history: History, line: HistoryLine): void {
  if (line.type === 'history') Object.assign(history, { project: line.project, observed: line.observed });
  else if (line.type === 'interval') history.intervals.push(line);
  else if (line.type === 'restarts') history.restarts.push(line);
}

async function* readFile({ stateDir }: Project, since: number, until: number): AsyncGenerator<HistoryLine> {
  const args = ['--store', join(stateDir, 'mainstay.db'), '--since', String(since), '--until', String(until)];
  const child = spawn(process.execPath, [entryPath('history'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let said = '';
  child.once('error', ({ message }) => (said += message));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  for await (const line of lines(child.stdout)) yield JSON.parse(line) as HistoryLine;
  const code = await ended;
  if (code !== 0) throw errorOf(said, code);
}

function errorOf(said: string, code: number | null): Error {
  try {
    const { code, message, hint } = (JSON.parse(said) as ErrorBody).error;
    return new MainstayError(code as MainstayError['code'], message, hint);
  } catch {
    return new MainstayError('internal', `cannot read the store: ${said.trim() || `exit code ${code ?? 'unknown'}`}`);
  }
}
