import type { AlertsPlan, CheckPlan, Plan, ServicePlan } from '../../core/plan/index.ts';
import { maskedAlerts, maskedCheck, maskedService } from '../show/masked.ts';
import { type Effect, SERVICE_EFFECTS, TOP_FIELDS } from './effects.ts';

/** One value that differs, secrets masked. `undefined` on the side where it does not exist. */
export interface FieldDiff {
  /** Below the service or the plan: `restartPolicy.delay`, `command[2]`. */
  path: string;
  before: unknown;
  after: unknown;
  effect: Effect;
}

export interface ServiceDiff {
  name: string;
  change: 'added' | 'removed' | 'changed' | 'unchanged';
  fields: FieldDiff[];
  /** The strongest of the fields'; null when nothing changes or the service comes or goes. */
  effect: Effect | null;
}

export interface PlanDiff {
  /** Those of the new plan in its order, then those that are removed. */
  services: ServiceDiff[];
  /** What differs outside the services, checks (`checks.NAME.…`) included; live, all of it. */
  top: FieldDiff[];
}

const STRENGTH: Record<Effect, number> = { live: 0, signal: 1, restart: 2 };

/** Field by field what differs between two plans, and what each difference needs. Pure. */
export function diffPlans(before: Plan, after: Plan): PlanDiff {
  const old = new Map(before.services.map((service) => [service.name, service]));
  const kept = new Set(after.services.map(({ name }) => name));
  const gone = before.services.filter(({ name }) => !kept.has(name));
  return {
    services: [
      ...after.services.map((service) => diffService(old.get(service.name), service)),
      ...gone.map(({ name }): ServiceDiff => ({ name, change: 'removed', fields: [], effect: null })),
    ],
    top: [
      ...(Object.keys(TOP_FIELDS) as (keyof typeof TOP_FIELDS)[])
        .filter((field) => TOP_FIELDS[field])
        .flatMap((field) => diffValue(field, before[field], after[field], before[field], after[field], 'live')),
      ...diffValue('alerts', before.alerts, after.alerts, shownAlerts(before), shownAlerts(after), 'live'),
      ...diffChecks(before.checks, after.checks),
    ],
  };
}

function shownAlerts({ alerts }: Plan): AlertsPlan | null {
  return alerts === null ? null : maskedAlerts(alerts);
}

/** A check is read anew from the plan at each run: nothing that runs has to know. */
function diffChecks(before: readonly CheckPlan[], after: readonly CheckPlan[]): FieldDiff[] {
  const byName = (checks: readonly CheckPlan[]): Record<string, CheckPlan> =>
    Object.fromEntries(checks.map((check) => [check.name, check]));
  const shown = (checks: readonly CheckPlan[]): Record<string, CheckPlan> => byName(checks.map(maskedCheck));
  return diffValue('checks', byName(before), byName(after), shown(before), shown(after), 'live');
}

function diffService(before: ServicePlan | undefined, after: ServicePlan): ServiceDiff {
  const { name } = after;
  if (before === undefined) return { name, change: 'added', fields: [], effect: null };
  const shownBefore = maskedService(before);
  const shownAfter = maskedService(after);
  const fields = (Object.keys(SERVICE_EFFECTS) as (keyof ServicePlan)[]).flatMap((field) =>
    diffValue(field, before[field], after[field], shownBefore[field], shownAfter[field], SERVICE_EFFECTS[field]),
  );
  const [first, ...others] = fields;
  if (first === undefined) return { name, change: 'unchanged', fields, effect: null };
  const effect = others.reduce(
    (most, field) => (STRENGTH[field.effect] > STRENGTH[most] ? field.effect : most),
    first.effect,
  );
  return { name, change: 'changed', fields, effect };
}

/** Mappings are compared key by key; lists, like everything else, as a whole. `shown…` is the masked twin. */
function diffValue(
  path: string,
  before: unknown,
  after: unknown,
  shownBefore: unknown,
  shownAfter: unknown,
  effect: Effect,
): FieldDiff[] {
  if (same(before, after)) return [];
  if (!isMapping(before) || !isMapping(after)) return [{ path, before: shownBefore, after: shownAfter, effect }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) =>
    diffValue(`${path}.${key}`, before[key], after[key], pick(shownBefore, key), pick(shownAfter, key), effect),
  );
}

function pick(value: unknown, key: string): unknown {
  return isMapping(value) ? value[key] : undefined;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deep equality of plain JSON; the order of keys does not count. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => same(item, b[index]));
  if (!isMapping(a) || !isMapping(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}
