import type { Plan, ServicePlan } from '../core/plan/index.ts';
import type { LimitSupport } from '../ports/index.ts';

type Limit = 'memory' | 'cpus' | 'pids';
const LIMITS: readonly Limit[] = ['memory', 'cpus', 'pids'];

/** The limits of a service that the kernel cannot hold here, in words. */
export function unheld({ resources }: ServicePlan, support: LimitSupport): string[] {
  const lacking = LIMITS.filter((limit) => resources[limit] !== null && !support[limit]);
  return lacking.map((limit) => `${consequence(limit)}: ${support.why ?? 'the kernel does not'}`);
}

/** The same for a plan, a line for each kind of limit; empty when every limit is held. */
export function unheldOfPlan(plan: Plan, support: LimitSupport): string[] {
  return LIMITS.filter((limit) => !support[limit]).flatMap((limit) => {
    const names = plan.services.filter(({ resources }) => resources[limit] !== null).map(({ name }) => name);
    if (names.length === 0) return [];
    return [`limits of ${names.join(', ')}: ${consequence(limit)}: ${support.why ?? 'the kernel does not'}`];
  });
}

function consequence(limit: Limit): string {
  return limit === 'memory'
    ? 'its memory is watched and not held by the kernel, so it can be exceeded for some seconds'
    : `${limit} cannot be limited`;
}
