import { instanceId } from '@mainstay/protocol';
import type { CheckPlan, HealthcheckPlan, Plan, ServicePlan, ThresholdPlan } from '../plan/index.ts';

/** One thing of a plan that can be checked: a check of its own, or the healthcheck of an instance. */
export interface CheckTarget {
  /** Name of the check, or id of the instance. */
  id: string;
  /** For people: the service alone where it has one instance. */
  name: string;
  owner: { service: ServicePlan; index: number } | null;
  plan: Pick<HealthcheckPlan, 'kind' | 'target' | 'timeout'>;
  thresholds: readonly ThresholdPlan[];
}

/** Everything that can be checked, in the order of the file: healthchecks first. */
export function checkTargets(plan: Plan): CheckTarget[] {
  const healthchecks = plan.services.flatMap((service) => {
    const { name, healthcheck, instances } = service;
    if (healthcheck === null) return [];
    return Array.from({ length: instances }, (_, index): CheckTarget => {
      const id = instanceId(name, index);
      const owner = { service, index };
      return { id, name: instances === 1 ? name : id, owner, plan: healthcheck, thresholds: healthcheck.thresholds };
    });
  });
  return [...healthchecks, ...plan.checks.map(targetOf)];
}

/** A check of its own. */
export function targetOf(plan: CheckPlan): CheckTarget {
  return { id: plan.name, name: plan.name, owner: null, plan, thresholds: plan.thresholds };
}

/** What a name stands for: a check, a service, an instance; else every target of a kind; `all` is everything. */
export function targetsNamed(targets: readonly CheckTarget[], name: string): CheckTarget[] {
  if (name === 'all') return [...targets];
  const named = targets.filter(({ id, owner }) => id === name || owner?.service.name === name);
  return named.length > 0 ? named : targets.filter(({ plan }) => plan.kind === name);
}
