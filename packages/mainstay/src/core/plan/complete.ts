import type { HealthcheckPlan, ObjectivePlan, Plan, ServicePlan } from './types.ts';

/** `history.max_size` when the file does not say it, bytes. */
export const HISTORY_MAX_SIZE = 200 * 1024 ** 2;

/** A plan that an earlier version made or stored, with what that version did not know. */
export function completePlan(plan: Plan): Plan {
  const known: Partial<Plan> = plan;
  return {
    ...plan,
    services: plan.services.map(completeService),
    checks: known.checks ?? [],
    dryRun: known.dryRun ?? false,
    sampling: known.sampling ?? true,
    observe: known.observe ?? false,
    alerts: known.alerts ?? null,
    api: known.api ?? null,
    history: known.history ?? { maxSize: HISTORY_MAX_SIZE },
  };
}

/** The same for one service. */
export function completeService(service: ServicePlan): ServicePlan {
  const { healthcheck } = service;
  const known: Partial<ServicePlan> = service;
  const people = { foreign: known.foreign ?? null, owner: known.owner ?? null, objective: known.objective ?? null };
  return { ...service, ...people, healthcheck: healthcheck && completeHealthcheck(healthcheck) };
}

function completeHealthcheck(healthcheck: HealthcheckPlan): HealthcheckPlan {
  const known: Partial<HealthcheckPlan> = healthcheck;
  if (known.thresholds !== undefined) return healthcheck;
  const { onFailure, ...others } = healthcheck;
  return { ...others, thresholds: [], onFailure };
}

/** What is wanted of the whole, and of services that say it themselves, by name. */
export function objectivesOf({ objective, services }: Pick<Plan, 'objective' | 'services'>): {
  objective: ObjectivePlan | null;
  objectives: Record<string, ObjectivePlan>;
} {
  const own = services.flatMap((service) => (service.objective === null ? [] : [[service.name, service.objective]]));
  return { objective, objectives: Object.fromEntries(own) as Record<string, ObjectivePlan> };
}
