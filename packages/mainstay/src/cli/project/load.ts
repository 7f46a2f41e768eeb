import { MainstayError } from '@mainstay/protocol';
import type { Plan } from '../../core/plan/index.ts';
import { SeveralErrors } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';
import { locateFile } from './locate.ts';
import type { Project } from './locate.ts';

/** A project whose file was read. */
export interface Loaded {
  project: Project & { file: string };
  plan: Plan;
  /** Variables that only the shell of the caller has, with their values: they are gone after a reboot. */
  shellOnly: Record<string, string>;
  /** What works and will surprise, a line each. */
  warnings: string[];
}

interface Problem {
  file: string;
  line: number | null;
  column: number | null;
  path: string;
  reason: string;
  hint: string | null;
}

interface ConfigModule {
  loadPlan(input: {
    file: string;
    environment: string | null;
    env: Readonly<Record<string, string | undefined>>;
    kinds: unknown;
  }): Promise<{ plan: Plan | null; warnings: (Problem & { kind: string; name: string })[]; problems: Problem[] }>;
  checkMachine(plan: Plan, positions: unknown): Promise<Problem[]>;
}

/** Reads mainstay.yaml, checked against this machine. */
export async function loadProject(context: Context, options: { preferDevelopment?: boolean } = {}): Promise<Loaded> {
  const environment = context.values.get('env') ?? (options.preferDevelopment === true ? 'development' : null);
  const project = locateFile(context);
  const specifier: string = '../../config/index.ts';
  const config = (await import(specifier)) as ConfigModule;
  const loaded = await config.loadPlan({ file: project.file, environment, env: context.io.env, kinds: {} });
  const problems = [...loaded.problems];
  const [first, ...others] = problems.map(
    (one) => new MainstayError('config', `cannot read ${one.file}:${one.line}:${one.column}: ${one.reason}`, one.hint),
  );
  if (first !== undefined) throw new SeveralErrors([first, ...others]);
  if (loaded.plan === null) throw new Error('the plan is missing');
  const shellOnly: Record<string, string> = {};
  for (const { kind, name } of loaded.warnings) {
    const value = context.io.env[name];
    if (kind === 'shell-only' && value !== undefined) shellOnly[name] = value;
  }
  return {
    project: { ...project, label: loaded.plan.project },
    plan: loaded.plan,
    shellOnly,
    warnings: loaded.warnings.map((one) => `${one.file}:${one.line}:${one.column}: ${one.reason}`),
  };
}
