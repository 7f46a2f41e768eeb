import type { HealthcheckPlan, Plan, ServicePlan } from './types.ts';

/** A plan that an earlier version made or stored, with what that version did not know. */
export function completePlan(plan: Plan): Plan {
  const known: Partial<Plan> = plan;
  return {
    ...plan,
    services: plan.services.map(completeService),
    checks: known.checks ?? [],
    sampling: known.sampling ?? true,
    alerts: known.alerts ?? null,
    api: known.api ?? null,
  };
}

/** The same for one service. */
export function completeService(service: ServicePlan): ServicePlan {
  const { healthcheck } = service;
  const known: Partial<ServicePlan> = service;
  return { ...service, owner: known.owner ?? null, healthcheck: healthcheck && completeHealthcheck(healthcheck) };
}

function completeHealthcheck(healthcheck: HealthcheckPlan): HealthcheckPlan {
  const known: Partial<HealthcheckPlan> = healthcheck;
  if (known.thresholds !== undefined) return healthcheck;
  const { onFailure, ...others } = healthcheck;
  return { ...others, thresholds: [], onFailure };
}
