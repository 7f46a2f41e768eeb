import { relative } from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import type { LoadResult, Problem } from '../../config/index.ts';
import type { Plan } from '../../core/plan/index.ts';
import { SeveralErrors } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';
import { locateFile } from './locate.ts';
import type { Project } from './locate.ts';

/** A project whose file was read. */
export interface Loaded {
  project: Project & { file: string; shownFile: string };
  plan: Plan;
  /** Variables that only the shell of the caller has, with their values: they are gone after a reboot. */
  shellOnly: Record<string, string>;
  /** What works and will surprise, a line each. */
  warnings: string[];
}

/**
 * Reads mainstay.yaml and checks it against this machine.
 *
 * @param options.dev use the environment `development` if there is one and none is asked for
 * @param options.anywhere whether this machine could run it does not matter
 * @throws SeveralErrors `config`: everything that is wrong at once
 */
export async function loadProject(
  context: Context,
  options: { dev?: boolean; anywhere?: boolean } = {},
): Promise<Loaded> {
  const project = locateFile(context);
  const shownFile = shorter(project.file, context.io.cwd);
  const asked = context.values.get('env') ?? (context.io.env['MAINSTAY_ENV'] || null);
  let result = await read(project, shownFile, asked, context);
  if (options.dev === true && asked === null && result.environments.includes('development')) {
    result = await read(project, shownFile, 'development', context);
  }
  const { plan, problems, warnings } = result;
  if (plan === null) throw asError(problems);
  const { checkMachine } = await import('../../config/index.ts');
  const missing = options.anywhere === true ? [] : await checkMachine(plan, result.places);
  if (missing.length > 0) throw asError(missing);

  const shellOnly: Record<string, string> = {};
  for (const { kind, name } of warnings) {
    const value = context.io.env[name];
    if (kind === 'shell-only' && value !== undefined) shellOnly[name] = value;
  }
  const { describeProblem } = await import('../../config/index.ts');
  return {
    project: { ...project, shownFile, label: plan.project },
    plan,
    shellOnly,
    warnings: warnings.map(describeProblem),
  };
}

async function read(
  { file, stateDir }: Project & { file: string },
  shownFile: string,
  environment: string | null,
  { io }: Context,
): Promise<LoadResult> {
  const [{ loadPlan }, { CHECKS }, { NOTIFIERS }] = await Promise.all([
    import('../../config/index.ts'),
    import('../../registry/checks.ts'),
    import('../../registry/notifiers.ts'),
  ]);
  const nearby = io.cwd === process.cwd() ? shownFile : file;
  return loadPlan({
    file: nearby,
    environment,
    env: io.env,
    kinds: CHECKS,
    notifiers: NOTIFIERS,
    stateDirectory: stateDir,
  });
}

/** Everything that is wrong with a file, as one error. */
export function asError(problems: readonly Problem[]): SeveralErrors {
  const [first, ...others] = problems.map((problem) => {
    const place = problem.line === null ? problem.file : `${problem.file}:${problem.line}:${problem.column ?? 1}`;
    const path = problem.path === '' ? '' : `${problem.path}: `;
    return new MainstayError('config', `cannot read ${place}: ${path}${problem.reason}`, problem.hint);
  });
  if (first === undefined) throw new Error('there is neither a plan nor a problem');
  return new SeveralErrors([first, ...others]);
}

/** A path as a person in `cwd` would write it. */
export function shorter(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === '' || near.startsWith('..') ? path : near;
}
