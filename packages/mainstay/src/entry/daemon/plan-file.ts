import fs from 'node:fs';
import path from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import { completePlan, type Plan } from '../../core/plan/index.ts';
import type { WriteFile } from '../../host/files/index.ts';

const fileOf = (stateDir: string): string => path.join(stateDir, 'plan.json');

/**
 * The plan to run: `<state>/plan.json`, which the command line leaves at the start and the daemon keeps
 * up to date, or else the one in the store.
 * @throws MainstayError `config` when there is none
 */
export function readPlan(stateDir: string, stored: Plan | null): Plan {
  try {
    const plan = JSON.parse(fs.readFileSync(fileOf(stateDir), 'utf8')) as Plan;
    if (plan.version === 1 && Array.isArray(plan.services)) return completePlan(plan);
  } catch {
    // Absent or torn: the store has the one that was applied last.
  }
  if (stored !== null) return completePlan(stored);
  throw new MainstayError('config', `cannot start: ${stateDir} holds no plan`, 'mainstay up');
}

/** Keeps the plan where the next daemon finds it; 0600, since commands may hold what nobody else should read. */
export function keepPlan(stateDir: string, plan: Plan, write: WriteFile): Promise<void> {
  return write(fileOf(stateDir), `${JSON.stringify(plan)}\n`, 0o600);
}

export function forgetPlan(stateDir: string): Promise<void> {
  return fs.promises.rm(fileOf(stateDir), { force: true });
}

/**
 * What `mainstay up` wants running, left at the start for the daemon's first life; null: nothing was left.
 * Services that are not named are wanted stopped.
 */
export function readWanted(stateDir: string): string[] | null {
  try {
    const wanted: unknown = JSON.parse(fs.readFileSync(path.join(stateDir, 'wanted.json'), 'utf8'));
    return Array.isArray(wanted) ? wanted.filter((name) => typeof name === 'string') : null;
  } catch {
    return null;
  }
}

/** What was wanted is in the store now. */
export function forgetWanted(stateDir: string): Promise<void> {
  return fs.promises.rm(path.join(stateDir, 'wanted.json'), { force: true });
}
