import { MainstayError } from '@mainstay/protocol';
import type { Plan } from '../../core/plan/index.ts';
import { nearest } from '../../config/nearest.ts';
import { labelsOf } from '../run/progress.ts';
import type { Label } from '../run/progress.ts';

/** Labels for the services of a plan. */
export function labelsOfPlan(plan: Plan): Label {
  return labelsOf(new Map(plan.services.map(({ name, instances }) => [name, instances])));
}

/**
 * Checks names of services against the plan.
 *
 * @throws MainstayError `unknown-service` with the nearest name
 */
export function checkNames(names: readonly string[], plan: Plan, verb: string): void {
  const all = plan.services.map(({ name }) => name);
  for (const name of names) {
    if (all.includes(name)) continue;
    throw new MainstayError(
      'unknown-service',
      `cannot ${verb} ${name}: ${plan.project} has no service of that name`,
      nearest(name, all) ?? `one of: ${all.join(', ')}`,
    );
  }
}
