/** Ending what runs although neither daemon nor guardian is left. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HISTORY_MAX_SIZE, type Plan } from '../../core/plan/index.ts';
import { readJson } from '../client/index.ts';
import { projectHash } from '../client/summon.ts';
import type { Context } from '../framework/index.ts';
import type { Project } from '../project/locate.ts';

/** Of a cookie: see host/process/cookie.ts. */
const ID_DIGITS = 12;

/**
 * Starts a daemon that wants nothing to run, so that `down` can end everything in order. False when nothing is left of the
 * project.
 *
 * @throws MainstayError when the daemon cannot be started
 */
export async function adoptToEnd(project: Project, context: Context): Promise<boolean> {
  const kept = readJson<Plan>(join(project.stateDir, 'plan.json'));
  if (kept === null && !anythingRuns(project.stateDir)) return false;
  const { startDaemon } = await import('../daemonize/index.ts');
  await startDaemon({
    stateDir: project.stateDir,
    label: project.label,
    plan: kept ?? (await planOf(project, context)),
    services: [],
    dev: false,
    env: context.io.env,
    extraEnv: {},
  });
  return true;
}

/** True when a process carries a cookie of the project. */
function anythingRuns(stateDir: string): boolean {
  const cookie = `MAINSTAY_COOKIE=${projectHash(stateDir).slice(0, ID_DIGITS)}:`;
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/environ`, 'latin1').includes(cookie);
    } catch {
      return false;
    }
  });
}

/** What mainstay.yaml says; when that cannot be used any more, a plan of nothing: what is found is killed then. */
async function planOf({ file, stateDir, label }: Project, context: Context): Promise<Plan> {
  try {
    const { loadProject } = await import('../project/load.ts');
    return (await loadProject(context)).plan;
  } catch {
    const directory = join(stateDir, '..');
    return {
      version: 1,
      project: label,
      file: file ?? join(directory, 'mainstay.yaml'),
      directory,
      environment: null,
      observe: false,
      objective: null,
      history: { maxSize: HISTORY_MAX_SIZE },
      services: [],
      checks: [],
      restartBudget: { restarts: 60, window: 60_000 },
      dryRun: false,
      sampling: false,
      api: null,
      maintenance: [],
      alerts: null,
      processStatusFile: join(stateDir, 'process_status.json'),
    };
  }
}
