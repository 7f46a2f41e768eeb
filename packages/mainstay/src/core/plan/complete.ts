import type { Plan } from './types.ts';

/** A plan that an earlier version made or stored, with what that version did not know. */
export function completePlan(plan: Plan): Plan {
  const known: Partial<Plan> = plan;
  return { ...plan, checks: known.checks ?? [], sampling: known.sampling ?? true };
}
