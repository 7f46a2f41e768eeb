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
 * Checks names of services and instances against the plan.
 *
 * @throws MainstayError `unknown-service` with the nearest name
 */
export function checkNames(names: readonly string[], plan: Plan, verb: string): void {
  for (const name of names) {
    const [service = '', instance] = name.split('/');
    const found = plan.services.find((candidate) => candidate.name === service);
    if (found === undefined) {
      const all = plan.services.map((candidate) => candidate.name);
      const near = nearest(service, all);
      throw new MainstayError(
        'unknown-service',
        `cannot ${verb} ${name}: ${plan.project} has no service of that name`,
        near ?? `one of: ${all.join(', ')}`,
      );
    }
    if (instance !== undefined && !(Number(instance) < found.instances)) {
      throw new MainstayError(
        'unknown-service',
        `cannot ${verb} ${name}: ${service} has ${found.instances} instance${found.instances === 1 ? '' : 's'}, counted from 0`,
        `${service}/${found.instances - 1}`,
      );
    }
  }
}
