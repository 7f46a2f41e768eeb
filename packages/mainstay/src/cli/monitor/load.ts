import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import type { MonitorPlan } from '../../core/plan/monitor.ts';
import type { Context } from '../framework/index.ts';
import { asError, shorter } from '../project/load.ts';
import { FILE_NAME, locateFile } from '../project/locate.ts';

const OWN_FILE = 'monitor.yaml';

/** Absolute paths. */
interface Where {
  file: string;
  /** Beside that of a daemon, and apart from it. */
  stateDir: string;
}

/**
 * The monitor's file that the options and the current directory mean, and its state directory.
 * @throws MainstayError `config` when there is none
 */
export function locateMonitor(context: Pick<Context, 'values' | 'io'>): Where {
  const { io, values } = context;
  const file = findFile(values.get('file'), io.cwd) ?? projectFile(context);
  return { file, stateDir: join(stateOf(context) ?? join(dirname(file), '.mainstay'), 'monitor') };
}

/**
 * The state directory alone: what `status` needs.
 * @throws MainstayError `config`
 */
export function locateMonitorState(context: Pick<Context, 'values' | 'io'>): string {
  const named = stateOf(context);
  return named === null ? locateMonitor(context).stateDir : join(named, 'monitor');
}

/**
 * Reads the file.
 * @throws SeveralErrors `config`: everything that is wrong at once
 */
export async function loadMonitorPlan(
  file: string,
  { io }: Context,
): Promise<{ plan: MonitorPlan; warnings: string[] }> {
  const [{ loadMonitor }, { describeProblem }, { CHECKS }, { NOTIFIERS }] = await Promise.all([
    import('../../config/load/monitor.ts'),
    import('../../config/problem.ts'),
    import('../../registry/checks.ts'),
    import('../../registry/notifiers.ts'),
  ]);
  const nearby = io.cwd === process.cwd() ? shorter(file, io.cwd) : file;
  const { plan, problems, warnings } = await loadMonitor({
    file: nearby,
    env: io.env,
    kinds: CHECKS,
    notifiers: NOTIFIERS,
  });
  if (plan === null) throw asError(problems);
  return { plan, warnings: warnings.map(describeProblem) };
}

function stateOf({ io, values }: Pick<Context, 'values' | 'io'>): string | null {
  const option = values.get('state-dir');
  return option === undefined ? null : resolve(io.cwd, option);
}

/** Null: there is only a mainstay.yaml, or none. */
function findFile(option: string | undefined, cwd: string): string | null {
  const path = resolve(cwd, option ?? '.');
  if (!existsSync(path)) {
    throw new MainstayError('config', `cannot read ${option ?? path}: there is no such file`, 'mainstay help monitor');
  }
  if (!statSync(path).isDirectory()) return path;
  const inside = [OWN_FILE, FILE_NAME].map((name) => join(path, name)).find((one) => existsSync(one));
  if (inside !== undefined || option === undefined) return inside ?? null;
  throw new MainstayError('config', `cannot read ${option}: there is no ${OWN_FILE} and no ${FILE_NAME} in it`);
}

function projectFile(context: Pick<Context, 'values' | 'io'>): string {
  try {
    return locateFile(context).file;
  } catch (error) {
    const what = `cannot find ${OWN_FILE} in ${context.io.cwd}, nor ${FILE_NAME} there or above it`;
    throw new MainstayError('config', what, 'mainstay monitor -f FILE', { cause: error });
  }
}
