/** The external monitor: from its file, or the section `monitor` of mainstay.yaml, to its plan. */
import { hostname } from 'node:os';
import path from 'node:path';
import { HISTORY_MAX_SIZE, type CheckPlan, type Plan } from '../../core/plan/index.ts';
import type { MonitorPlan, PeerPlan, WitnessPlan } from '../../core/plan/monitor.ts';
import { type Problem, type Warning, sortProblems } from '../problem.ts';
import {
  ALERT_KEYS,
  type CheckKinds,
  type MonitorOutput,
  type NotifierKinds,
  monitorViewSchema,
} from '../schema/index.ts';
import { parseName } from '../values/index.ts';
import { type Entry, type MapNode, type Node, type ScalarNode, nodeAt } from '../yaml/index.ts';
import { resolveAlerts } from './alerts.ts';
import { checkChecks } from './check-semantics.ts';
import { EnvFiles, shownBeside } from './files.ts';
import { resolveTarget } from './healthcheck.ts';
import { checkName, mapKeys, projectName, readRoot } from './root.ts';
import { Loader } from './loader.ts';
import { Report } from './report.ts';

/** The name of the check that `watch` stands for. */
const DAEMON = 'daemon';
const SHORTEST_KEY = 16;

export interface MonitorOptions {
  /** As messages should name it. */
  file: string;
  /** The environment of the process: the last place where variables are looked up. */
  env: Readonly<Record<string, string | undefined>>;
  kinds: CheckKinds;
  notifiers: NotifierKinds;
}

export interface MonitorResult {
  /** Null when there are problems. */
  plan: MonitorPlan | null;
  warnings: Warning[];
  /** All of them, in the order of the file. */
  problems: Problem[];
}

/** Reads a monitor's file, or the section of a mainstay.yaml. Never throws for what is in it. */
export async function loadMonitor(options: MonitorOptions): Promise<MonitorResult> {
  const { file } = options;
  const read = await readRoot(file);
  if (!('root' in read)) return { plan: null, warnings: [], problems: read.problems };
  const { root } = read;
  const report = new Report(file, root);
  report.problems.push(...read.problems);
  const isSection = root.entries.has('monitor');
  const section = isSection ? nodeAt(root, ['monitor']) : root;
  if (root.entries.has('services') && !isSection) {
    report.add(report.key(['services']), 'the file has no monitor', 'add monitor: { checks: … }');
  }
  let plan: MonitorPlan | null = null;
  if (section?.type === 'map' && report.problems.length === 0) {
    const named = nodeAt(root, ['project']);
    const project = named?.type === 'scalar' && 'value' in parseName(named.text) ? named.text : null;
    plan = await resolveMonitor(section, report, { ...options, project, open: false });
  } else if (report.problems.length === 0) {
    report.add(report.value(['monitor']), 'must be a mapping', 'write monitor: { checks: … }');
  }
  const problems = sortProblems(report.problems, file);
  return { plan: problems.length === 0 ? plan : null, warnings: sortProblems(report.warnings, file), problems };
}

/** What is wrong with the section of a mainstay.yaml; variables may be those of another machine. */
export async function monitorProblems(section: MapNode, options: MonitorOptions): Promise<Problem[]> {
  const report = new Report(options.file, section);
  await resolveMonitor(section, report, { ...options, project: null, open: true });
  return report.problems;
}

/** @param options.open references are not looked up */
async function resolveMonitor(
  section: MapNode,
  report: Report,
  options: MonitorOptions & { project: string | null; open: boolean },
): Promise<MonitorPlan | null> {
  const { kinds, notifiers, open } = options;
  const file = path.resolve(options.file);
  const directory = path.dirname(file);
  const root = viewOf(section);
  report.use(root);
  const envFiles = new EnvFiles(report);
  const dotenv = open
    ? {}
    : (await envFiles.load(path.join(directory, '.env'), shownBeside(options.file, '.env'), null)).values;
  const late = ([first]: readonly string[]): boolean => ['key', 'heartbeat', 'peers', 'witness'].includes(first ?? '');
  const loader = new Loader({ directory, kinds, report, root, envFiles, dotenv, process: options.env, late, open });
  if (section.entries.has('alerts')) {
    report.add(report.key(['alerts']), '"alerts" is not a key of monitor', `write ${ALERT_KEYS.join(', ')} without it`);
    return null;
  }
  const names = mapKeys(nodeAt(root, ['checks']));
  const checks = names.flatMap((name): CheckPlan[] => {
    checkName(name, ['checks', name], report);
    return [loader.check(name) ?? []].flat();
  });
  checkChecks(checks, names, [], report);
  for (const { name, kind } of checks) {
    if (kinds[kind]?.pushed !== true) continue;
    report.add(
      report.key(['checks', name, kind]),
      'jobs report to a daemon, not to a monitor',
      'put it into checks of mainstay.yaml',
    );
  }
  for (const { name, remedy } of checks) {
    if (remedy === undefined) continue;
    const key = remedy.fail.length > 0 ? 'on_failure' : 'on_warn';
    report.add(report.value(['checks', name, key]), 'a monitor tells, and does nothing else', 'write alert or none');
  }
  if (section.entries.has('watch') && nodeAt(section, ['checks', DAEMON]) !== null) {
    report.add(report.key(['checks', DAEMON]), `"${DAEMON}" is what watch: makes`, 'choose another name for the check');
  }
  if (names.length === 0) report.add(report.value([]), 'checks nothing', 'add watch: or checks:');
  const parsed = monitorViewSchema(kinds, notifiers).safeParse(loader.top());
  if (!parsed.success) {
    report.problems.push(...loader.issueProblems(parsed.error.issues, []));
    return null;
  }
  const written: MonitorOutput = parsed.data;
  if (written.recheck === 0) {
    const hint = 'write a time longer than 0, or leave the key out';
    report.add(report.value(['recheck']), 'checks without a pause would do nothing but check', hint);
  }
  const id = written.id ?? ownName();
  return {
    id,
    plan: planOf(file, written.project ?? options.project ?? projectName(directory), checks, {
      ...resolveAlertsOf(written, names, { notifiers, report, root }),
    }),
    interval: written.interval,
    recheck: written.recheck,
    witnesses: resolveWitnesses(written, { kinds, report, root }),
    peers: resolvePeers(written, id, report),
    key: written.key ?? null,
    listen: written.listen ?? null,
    heartbeat: written.heartbeat ?? null,
  };
}

/** A project without services. */
function planOf(file: string, project: string, checks: CheckPlan[], alerts: Pick<Plan, 'alerts'>): Plan {
  return {
    version: 1,
    project,
    file,
    directory: path.dirname(file),
    environment: null,
    observe: false,
    objective: null,
    history: { maxSize: HISTORY_MAX_SIZE },
    services: [],
    checks,
    restartBudget: { restarts: 1, window: 60_000 },
    dryRun: false,
    sampling: false,
    maintenance: [],
    ...alerts,
    api: null,
    processStatusFile: '',
  };
}

/** The section as a mainstay.yaml would say it: keys of alerts in a mapping, `watch` a check, `interval` in every check. */
function viewOf(section: MapNode): MapNode {
  const entries = new Map(section.entries);
  const alerts = new Map<string, Entry>();
  for (const key of ALERT_KEYS) {
    const entry = entries.get(key);
    if (entry === undefined) continue;
    alerts.set(key, entry);
    entries.delete(key);
  }
  if (alerts.has('notifiers')) entries.set('alerts', { at: section.at, node: { ...section, entries: alerts } });
  const written = entries.get('checks');
  const own = written?.node.type === 'map' ? written.node.entries : new Map<string, Entry>();
  const checks = new Map<string, Entry>();
  const watch = entries.get('watch');
  if (watch !== undefined) {
    const node: MapNode = { ...section, at: watch.at, path: watch.node.path, entries: new Map([['mainstay', watch]]) };
    checks.set(DAEMON, { at: watch.at, node });
  }
  for (const [name, entry] of own) checks.set(name, entry);
  const interval = entries.get('interval')?.node;
  for (const [name, { at, node }] of checks) {
    if (node.type !== 'map' || node.entries.has('interval')) continue;
    const added: ScalarNode =
      interval?.type === 'scalar' ? interval : { type: 'scalar', at, path: node.path, value: '300s', text: '300s' };
    checks.set(name, { at, node: { ...node, entries: new Map(node.entries).set('interval', { at, node: added }) } });
  }
  if (written === undefined || written.node.type === 'map') {
    const node: Node =
      written?.node.type === 'map' ? { ...written.node, entries: checks } : { ...section, entries: checks };
    entries.set('checks', { at: written?.at ?? section.at, node });
  }
  return { ...section, entries };
}

interface Where {
  report: Report;
  root: MapNode;
}

function resolveAlertsOf(
  { alerts }: MonitorOutput,
  subjects: readonly string[],
  { notifiers, report, root }: Where & { notifiers: NotifierKinds },
): Pick<Plan, 'alerts'> {
  return { alerts: resolveAlerts(alerts, { notifiers, subjects, report, root }) };
}

function resolveWitnesses(
  { witness }: MonitorOutput,
  { kinds, report, root }: Where & { kinds: CheckKinds },
): WitnessPlan[] {
  return (witness ?? []).flatMap((one, index) => {
    const place = { kinds, report, root, path: ['witness', index], noun: 'check' as const };
    const target = resolveTarget(one as Record<string, unknown>, place);
    return target === null ? [] : [{ name: `witness ${index + 1}`, ...target, timeout: one.timeout }];
  });
}

function resolvePeers({ peers, key, listen }: MonitorOutput, id: string, report: Report): PeerPlan[] {
  const all = Object.entries(peers);
  if (key !== undefined && !key.includes('${') && key.length < SHORTEST_KEY) {
    report.add(
      report.value(['key']),
      `is shorter than ${SHORTEST_KEY} characters`,
      'make one with: openssl rand -hex 16',
    );
  }
  if (all.length > 0 && key === undefined) {
    report.add(report.key(['peers']), 'needs a key that all monitors know', 'add key: "${MONITOR_KEY}"');
  }
  if (all.length > 0 && listen === undefined) {
    report.add(
      report.key(['peers']),
      'cannot be asked by the others: it does not listen',
      'add listen: "0.0.0.0:7071"',
    );
  }
  return all.map(([name, url]) => {
    const at = ['peers', name];
    checkName(name, at, report);
    if (name === id)
      report.add(report.key(at), 'is this monitor itself', 'name the others only, or give this one another id');
    if (!url.includes('${') && !/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
      report.add(report.value(at), 'must be an http:// or https:// URL', 'write for example http://10.0.0.2:7071');
    }
    return { id: name, url };
  });
}

/** The name of the machine, as far as it can be a name. */
function ownName(): string {
  const name = hostname()
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? 'monitor' : name.slice(0, 63);
}
