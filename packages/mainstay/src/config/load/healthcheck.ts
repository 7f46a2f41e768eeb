import type { HealthcheckPlan } from '../../core/plan/index.ts';
import type { Path } from '../problem.ts';
import { type CheckKind, type CheckKinds, type ServiceOutput, besideKeys, issueProblems } from '../schema/index.ts';
import { listed } from '../schema/field.ts';
import { type Node, nodeAt } from '../yaml/index.ts';
import { readReaction, remedyPlan } from './remedy.ts';
import type { Report } from './report.ts';
import { resolveThresholds } from './thresholds.ts';

type Written = NonNullable<ServiceOutput['healthcheck']>;

/** The healthcheck of the plan, or null: none, or what is wrong has been reported. */
export function resolveHealthcheck(
  written: Written & Record<string, unknown>,
  kinds: CheckKinds,
  report: Report,
  root: Node,
  path: Path,
  directory: string,
): HealthcheckPlan | null {
  const probing = resolveProbing(written, { kinds, report, root, path, noun: 'healthcheck' });
  if (probing === null) return null;
  const { kind, target } = probing;
  const place = { report, path, directory, noun: 'healthcheck' as const, kind, target };
  const failure = readReaction('on_failure', written.on_failure, place);
  const remedy = remedyPlan(failure, { word: 'alert', steps: [] }, written.dry_run === true);
  return { ...probing, onFailure: failure.word, ...(remedy === undefined ? {} : { remedy }) };
}

type Timing = Pick<
  Written,
  'interval' | 'timeout' | 'retries' | 'successes' | 'start_period' | 'start_interval' | 'warn' | 'fail'
>;

/** What healthchecks and checks have in common, or null: what is wrong has been reported. */
export function resolveProbing(
  written: Timing & Record<string, unknown>,
  place: TargetPlace,
): Omit<HealthcheckPlan, 'onFailure'> | null {
  const chosen = resolveTarget(written, place);
  if (chosen === null) return null;
  return {
    ...chosen,
    interval: written.interval,
    timeout: written.timeout,
    retries: retriesOf(written, chosen.kind, place),
    successes: written.successes,
    startPeriod: written.start_period,
    startInterval: written.start_interval,
    thresholds: resolveThresholds(written, chosen.kind, place),
  };
}

/** As written, or as the kind has it. */
function retriesOf({ retries }: Timing, kind: string, { kinds, root, path }: TargetPlace): number {
  return nodeAt(root, [...path, 'retries']) === null ? (kinds[kind]?.retries ?? retries) : retries;
}

/** Where a kind and its target are written, and how a message names that. */
export interface TargetPlace {
  kinds: CheckKinds;
  report: Report;
  root: Node;
  path: Path;
  noun: 'healthcheck' | 'check';
}

/** The one kind of a healthcheck or check, and its target; null: none, or what is wrong has been reported. */
export function resolveTarget(
  written: Record<string, unknown>,
  place: TargetPlace,
): Pick<HealthcheckPlan, 'kind' | 'target'> | null {
  const { kinds, report, path, noun } = place;
  const given = Object.keys(kinds).filter((kind) => written[kind] !== undefined);
  const chosen = written['test'] === undefined ? given : ['test', ...given];
  const [key, ...others] = chosen;
  if (key === undefined) {
    report.add(report.value(path), 'says no way to check', `add one of ${listed(Object.keys(kinds))}`);
    return null;
  }
  if (others.length > 0) {
    report.add(
      report.key([...path, others[0] ?? key]),
      `a ${noun} has one kind, and this has ${chosen.join(' and ')}`,
      'keep one of them',
    );
    return null;
  }
  const target = key === 'test' ? composeTest(written['test'], report, path) : written[key];
  const kind = key === 'test' ? 'exec' : key;
  const definition = kinds[kind];
  if (target === null || definition === undefined) return null;
  if (definition.pushed === true && noun === 'healthcheck') {
    report.add(report.key([...path, key]), `${kind} is no healthcheck`, 'write it below checks, with depends_on');
    return null;
  }
  const parsed = readTarget(kind, definition, target, written, { ...place, key });
  return parsed === null ? null : { kind, target: parsed };
}

/** Reads a target by its kind's schema, with the keys beside it that belong to it. */
function readTarget(
  kind: string,
  definition: CheckKind,
  written: unknown,
  healthcheck: Record<string, unknown>,
  { report, root, path, key, kinds, noun }: TargetPlace & { key: string },
): Record<string, unknown> | null {
  const isLong = typeof written === 'object' && written !== null && !Array.isArray(written);
  const target: Record<string, unknown> = isLong ? { ...written } : { [definition.main]: written };
  const beside = new Set<string>();
  for (const [other, owners] of besideKeys(kinds)) {
    if (healthcheck[other] === undefined) continue;
    const place = report.key([...path, other]);
    if (!owners.includes(kind)) {
      report.add(place, `"${other}" belongs to ${listed(owners)}, and this ${noun} is ${kind}`, 'remove it');
    } else if (Object.hasOwn(target, other)) {
      report.add(place, `"${other}" is given twice: here and in ${key}`, 'remove one of the two');
    } else {
      target[other] = healthcheck[other];
      beside.add(other);
    }
  }
  const parsed = definition.schema.safeParse(target);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const [first] = issue.path;
    const base = isLong && !beside.has(String(first)) ? [...path, key] : path;
    // A bare value stands where its key would stand.
    const isBare = !isLong && first === definition.main;
    const place = isBare ? { ...issue, path: [key, ...issue.path.slice(1)] } : issue;
    report.problems.push(...issueProblems([place], { file: report.file, root, base, schema: definition.schema }));
  }
  return null;
}

/** Compose's `test` as the arguments of an exec check; null for NONE and for what is wrong. */
function composeTest(test: unknown, report: Report, path: Path): { command: string[] } | null {
  if (typeof test === 'string') return { command: ['sh', '-c', test] };
  const [word, ...rest] = test as string[];
  if (word === 'NONE') return null;
  if (word === 'CMD' && rest.length > 0) return { command: rest };
  if (word === 'CMD-SHELL' && rest.length === 1) return { command: ['sh', '-c', rest[0] ?? ''] };
  report.add(
    report.value([...path, 'test']),
    'is none of [CMD, program, …], [CMD-SHELL, "line"], [NONE]',
    'write exec: [program, …]',
  );
  return null;
}
