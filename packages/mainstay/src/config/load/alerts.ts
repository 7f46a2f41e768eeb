import type { AlertsPlan, NotifierPlan, RoutePlan } from '../../core/plan/index.ts';
import { didYouMean } from '../nearest.ts';
import { type Path, formatPath } from '../problem.ts';
import { type AlertsOutput, type NotifierKinds, issueProblems } from '../schema/index.ts';
import { listed } from '../schema/field.ts';
import { parseName } from '../values/index.ts';
import type { Node } from '../yaml/index.ts';
import type { Report } from './report.ts';

interface Where {
  /** Names of services and checks. */
  subjects: readonly string[];
  notifiers: NotifierKinds;
  report: Report;
  root: Node;
}

/** The alerts of the plan; what is wrong is reported. */
export function resolveAlerts(written: AlertsOutput | undefined, where: Where): AlertsPlan | null {
  if (written === undefined) return null;
  const { report } = where;
  const notifiers = Object.entries(written.notifiers).flatMap(([name, notifier]) => {
    const at = ['alerts', 'notifiers', name];
    const parsed = parseName(name);
    if ('reason' in parsed) {
      report.add({ ...report.key(at), path: formatPath(at.slice(0, -1)) }, parsed.reason, parsed.hint);
    }
    return resolveNotifier(name, notifier as Record<string, unknown>, where) ?? [];
  });
  if (Object.keys(written.notifiers).length === 0) {
    report.add(report.key(['alerts']), 'names nobody to tell', 'add notifiers: { ops: { email: { to: …, smtp: … } } }');
  }
  return {
    publicUrl: written.public_url ?? null,
    notifiers,
    routes: resolveRoutes(written, where),
    group: written.group,
    quiet: asList(written.quiet),
  };
}

/** The routes; without any, everything goes to everybody. */
function resolveRoutes({ routes, notifiers }: AlertsOutput, { subjects, report }: Where): RoutePlan[] {
  const all = Object.keys(notifiers);
  const known = (kind: string, names: readonly string[], among: readonly string[], at: Path): string[] => {
    for (const [index, name] of names.entries()) {
      if (among.includes(name)) continue;
      const hint = didYouMean(name, among) ?? (among.length === 0 ? null : `there are: ${among.join(', ')}`);
      report.add(report.value([...at, index]), `there is no ${kind} "${name}"`, hint);
    }
    return [...names];
  };
  return (routes ?? [{}]).map((route, index) => {
    const at = ['alerts', 'routes', index];
    const { escalate } = route;
    if (escalate !== undefined && (escalate.after === undefined || escalate.to === undefined)) {
      report.add(report.value([...at, 'escalate']), 'needs "after" and "to"', 'write { after: 30m, to: boss }');
    }
    if (route.remind === 0) {
      report.add(report.value([...at, 'remind']), 'nobody can be reminded every 0s', 'write for example 4h');
    }
    return {
      severity: route.severity === undefined ? ['critical', 'warning', 'info'] : asList(route.severity),
      services: known('service or check', asList(route.services), subjects, [...at, 'services']),
      during: route.during ?? null,
      to: route.to === undefined ? all : known('notifier', asList(route.to), all, [...at, 'to']),
      remind: route.remind ?? null,
      escalate:
        escalate === undefined
          ? null
          : { after: escalate.after ?? 0, to: known('notifier', asList(escalate.to), all, [...at, 'escalate', 'to']) },
    };
  });
}

function asList<T>(written: T | T[] | undefined): T[] {
  return written === undefined ? [] : Array.isArray(written) ? written : [written];
}

function resolveNotifier(
  name: string,
  written: Record<string, unknown>,
  { notifiers, report, root }: Where,
): NotifierPlan | null {
  const at = ['alerts', 'notifiers', name];
  const given = Object.keys(notifiers).filter((kind) => written[kind] !== undefined);
  const [kind, ...others] = given;
  const definition = kind === undefined ? undefined : notifiers[kind];
  if (kind === undefined || definition === undefined) {
    report.add(report.value(at), 'says no way to tell anybody', `add one of ${listed(Object.keys(notifiers))}`);
    return null;
  }
  if (others.length > 0) {
    report.add(
      report.key([...at, others[0] ?? kind]),
      `a notifier has one kind, and this has ${given.join(' and ')}`,
      'make two notifiers of it',
    );
    return null;
  }
  const target = written[kind];
  const { schema, main, secrets } = definition;
  const isLong = typeof target === 'object' && target !== null && !Array.isArray(target);
  if (!isLong && main === null) {
    report.add(report.value([...at, kind]), 'must be a mapping', `keys are: ${Object.keys(schema.shape).join(', ')}`);
    return null;
  }
  const parsed = schema.safeParse(isLong ? target : { [main ?? '']: target });
  if (parsed.success) return { name, kind, target: parsed.data, secrets: [...secrets] };
  for (const issue of parsed.error.issues) {
    // A bare value stands where its key would stand.
    const [first, ...rest] = issue.path;
    const place = !isLong && first === main ? { ...issue, path: rest } : issue;
    report.problems.push(...issueProblems([place], { file: report.file, root, base: [...at, kind], schema }));
  }
  return null;
}
