import path from 'node:path';
import { HISTORY_MAX_SIZE, type Plan } from '../../core/plan/index.ts';
import { didYouMean } from '../nearest.ts';
import { type Problem, type Warning, sortProblems } from '../problem.ts';
import { type CheckKinds, type FileOutput, type NotifierKinds, fileSchema } from '../schema/index.ts';
import { type MapNode, nodeAt, overlay } from '../yaml/index.ts';
import { resolveAlerts } from './alerts.ts';
import { resolveApi } from './api.ts';
import { checkChecks, checkRemedies } from './check-semantics.ts';
import { EnvFiles, shownBeside } from './files.ts';
import { type LoadedService, Loader } from './loader.ts';
import { resolveObjective } from './objective.ts';
import { type Places, Report } from './report.ts';
import { checkName, emptyMap, mapKeys, projectName, readRoot } from './root.ts';
import { checkMaintenance, checkSemantics } from './semantics.ts';

export interface LoadOptions {
  /** Path of mainstay.yaml, as messages should name it. */
  file: string;
  /** `--env`; absent or null: MAINSTAY_ENV, else none. */
  environment?: string | null;
  /** The environment of the process: the last place where variables are looked up. */
  env: Readonly<Record<string, string | undefined>>;
  /** The kinds of check that a healthcheck may name. */
  kinds: CheckKinds;
  /** The kinds of notifier that alerts may name; absent: none. */
  notifiers?: NotifierKinds;
  /** Absolute. Default: `.mainstay` beside the file. */
  stateDirectory?: string;
}

export interface LoadResult {
  /** Null when there are problems. */
  plan: Plan | null;
  warnings: Warning[];
  /** All of them, in the order of the file. */
  problems: Problem[];
  /** Where each part of the plan is written; for problems found later. */
  places: Places;
  /** Names under `environments`. */
  environments: string[];
}

/** Reads mainstay.yaml and makes the plan, or says everything that is wrong with it. Never throws for what is in the file. */
export async function loadPlan(options: LoadOptions): Promise<LoadResult> {
  const root = await readRoot(options.file);
  if (!('root' in root)) {
    const places = new Report(options.file, emptyMap());
    return { plan: null, warnings: [], problems: root.problems, places, environments: [] };
  }
  const report = new Report(options.file, root.root);
  report.problems.push(...root.problems);
  const environments = mapKeys(nodeAt(root.root, ['environments']));
  const environment = options.environment ?? (options.env['MAINSTAY_ENV'] || null);
  const merged = withEnvironment(root.root, environment, environments, report);
  report.use(merged);
  const plan = await makePlan(options, environment, merged, report);
  const problems = sortProblems(report.problems, options.file);
  return {
    plan: problems.length === 0 ? plan : null,
    warnings: sortProblems(report.warnings, options.file),
    problems,
    places: report,
    environments,
  };
}

function withEnvironment(root: MapNode, name: string | null, known: readonly string[], report: Report): MapNode {
  if (name === null) return root;
  const over = nodeAt(root, ['environments', name]);
  if (over?.type === 'map') return overlay(root, over);
  if (!known.includes(name)) {
    const exist = known.length === 0 ? 'the file has no environments' : `environments are: ${known.join(', ')}`;
    report.add(report.key(['environments']), `there is no environment "${name}"`, didYouMean(name, known) ?? exist);
  }
  return root;
}

async function makePlan(
  options: LoadOptions,
  environment: string | null,
  root: MapNode,
  report: Report,
): Promise<Plan> {
  const file = path.resolve(options.file);
  const directory = path.dirname(file);
  const envFiles = new EnvFiles(report);
  const dotenv = await envFiles.load(path.join(directory, '.env'), shownBeside(options.file, '.env'), null);
  const loader = new Loader({
    directory,
    kinds: options.kinds,
    report,
    root,
    envFiles,
    dotenv: dotenv.values,
    process: options.env,
  });
  const notifiers = options.notifiers ?? {};
  const top = readTop(loader, fileSchema(options.kinds, notifiers), report, root);
  const names = mapKeys(nodeAt(root, ['services']));
  const checkNames = mapKeys(nodeAt(root, ['checks']));
  if (names.length === 0 && checkNames.length === 0 && nodeAt(root, ['services'])?.type !== 'list') {
    report.add(report.key(['services']), 'the file has no services', 'add services: with at least one service');
  }
  const loaded: LoadedService[] = [];
  for (const name of names) {
    checkName(name, ['services', name], report);
    const service = await loader.service(name);
    if (service !== null) loaded.push(service);
  }
  checkSemantics(loaded, names, report);
  const checks = checkNames.flatMap((name) => {
    checkName(name, ['checks', name], report);
    return loader.check(name) ?? [];
  });
  checkChecks(checks, checkNames, names, report);
  checkRemedies(loaded, names, checks, report);
  const maintenance = readMaintenance(top, report);
  checkMaintenance(maintenance, names, report);
  await checkMonitor(options, root, report);
  return {
    version: 1,
    project: top?.project ?? projectName(directory),
    file,
    directory,
    environment,
    observe: false,
    objective: resolveObjective(top?.objective),
    history: { maxSize: top?.history.max_size ?? HISTORY_MAX_SIZE },
    services: loaded.map(({ plan }) => plan),
    checks,
    restartBudget: top?.restart_budget ?? { restarts: 60, window: 60_000 },
    dryRun: top?.dry_run === true,
    sampling: top?.sampling ?? true,
    maintenance,
    alerts: resolveAlerts(top?.alerts, { notifiers, subjects: [...names, ...checkNames], report, root }),
    api: resolveApi(top?.api, directory, report),
    processStatusFile:
      top?.process_status === undefined
        ? path.join(options.stateDirectory ?? path.join(directory, '.mainstay'), 'process_status.json')
        : path.resolve(directory, top.process_status),
  };
}

/** The section of the external monitor is not part of the plan; that it is right is said here all the same. */
async function checkMonitor(
  { file, env, kinds, notifiers = {} }: LoadOptions,
  root: MapNode,
  report: Report,
): Promise<void> {
  const section = nodeAt(root, ['monitor']);
  if (section === null) return;
  if (section.type !== 'map') {
    report.add(report.value(['monitor']), 'must be a mapping', 'write monitor: { checks: … }');
    return;
  }
  const { monitorProblems } = await import('./monitor.ts');
  report.problems.push(...(await monitorProblems(section, { file, env, kinds, notifiers })));
}

/** Everything but the services, which are read one by one so that one's errors do not hide another's. */
function readTop(
  loader: Loader,
  schema: ReturnType<typeof fileSchema>,
  report: Report,
  root: MapNode,
): FileOutput | null {
  const value = loader.top();
  for (const name of mapKeys(nodeAt(root, ['environments']))) checkName(name, ['environments', name], report);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  report.problems.push(...loader.issueProblems(parsed.error.issues, []));
  return null;
}

function readMaintenance(top: FileOutput | null, report: Report): Plan['maintenance'] {
  return (top?.maintenance ?? []).map((window, index) => {
    for (const key of ['every', 'for'] as const) {
      if (window[key] !== undefined) continue;
      report.add(report.value(['maintenance', index]), `has no "${key}"`, 'write { every: "0 3 * * 0", for: 1h }');
    }
    return { every: window.every ?? '', duration: window.for ?? 0, services: window.services, reason: window.reason };
  });
}
