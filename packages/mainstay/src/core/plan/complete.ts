import type { Plan } from './types.ts';

/** A plan that an earlier version made or stored, with what that version did not know. */
export function completePlan(plan: Plan): Plan {
  const known: Partial<Plan> = plan;
  const services = plan.services.map((service) => ({
    ...service,
    owner: (service as Partial<typeof service>).owner ?? null,
  }));
  return {
    ...plan,
    services,
    checks: known.checks ?? [],
    sampling: known.sampling ?? true,
    alerts: known.alerts ?? null,
  };
}
