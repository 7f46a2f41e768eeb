import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import type {
  ErrorBody,
  HistoryLine,
  IncidentOutcome,
  Objective,
  RestartCount,
  StandingInterval,
  Subject,
} from '@mainstay/protocol';
import { addCounts, noResults, type Counts } from '../../core/results/index.ts';
import type { Period } from '../../core/uptime/figures/index.ts';
import { Client } from '../client/index.ts';
import { objectsOf } from '../client/stream.ts';
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
  /** Incidents that were closed in it or later. */
  incidents: IncidentOutcome[];
  /** Of whole hours. */
  results: Map<Subject, Counts>;
  /** What is wanted of the whole, and of services that say it themselves. */
  objective: Objective | null;
  objectives: Record<string, Objective>;
}

export function nothingKnown(): History {
  return {
    project: null,
    observed: null,
    isLive: true,
    intervals: [],
    restarts: [],
    incidents: [],
    results: new Map(),
    objective: null,
    objectives: {},
  };
}

/**
 * Asks the daemon, to which its store belongs while it runs; without one, a process of its own reads the file.
 *
 * @throws MainstayError as the daemon or the store says
 */
export async function gather(project: Project, { since, until }: Period): Promise<History> {
  const history = nothingKnown();
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
  switch (line.type) {
    case 'history': {
      // A daemon of an older version says nothing of objectives.
      const { project, observed, objective = null, objectives = {} } = line;
      Object.assign(history, { project, observed, objective, objectives });
      return;
    }
    case 'interval':
      history.intervals.push(line);
      return;
    case 'restarts':
      history.restarts.push(line);
      return;
    case 'incident':
      history.incidents.push(line);
      return;
    case 'results': {
      const { subject, buckets: flat, ...counts } = line;
      const sum = history.results.get(subject) ?? noResults();
      const buckets = new Map<number, number>();
      for (let n = 0; n < flat.length; n += 2) buckets.set(flat[n] ?? 0, flat[n + 1] ?? 0);
      addCounts(sum, { ...counts, buckets });
      history.results.set(subject, sum);
      return;
    }
    case 'done':
  }
}

async function* readFile({ stateDir }: Project, since: number, until: number): AsyncGenerator<HistoryLine> {
  const args = ['--store', join(stateDir, 'mainstay.db'), '--since', String(since), '--until', String(until)];
  const child = spawn(process.execPath, [entryPath('history'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let said = '';
  child.once('error', ({ message }) => (said += message));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  for await (const some of objectsOf<HistoryLine>(child.stdout)) yield* some;
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
