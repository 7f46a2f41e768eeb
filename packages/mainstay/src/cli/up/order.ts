import type { Plan, ServicePlan } from '../../core/plan/index.ts';

/** A service with the number of its wave: everything it waits for is in an earlier one. */
export interface Ordered {
  service: ServicePlan;
  wave: number;
}

/**
 * What would start, in the order in which it could: the named services (none: all) and what they depend on.
 */
export function startOrder(plan: Plan, names: readonly string[]): Ordered[] {
  const byName = new Map(plan.services.map((service) => [service.name, service]));
  const waves = new Map<string, number>();
  const visit = (service: ServicePlan): number => {
    const known = waves.get(service.name);
    if (known !== undefined) return known;
    waves.set(service.name, 1);
    let wave = 1;
    for (const { service: name } of service.dependsOn) {
      const dependency = byName.get(name);
      if (dependency !== undefined) wave = Math.max(wave, visit(dependency) + 1);
    }
    waves.set(service.name, wave);
    return wave;
  };
  const wanted = new Set(names);
  for (const service of plan.services) {
    if (wanted.size === 0 || wanted.has(service.name)) visit(service);
  }
  return plan.services
    .filter(({ name }) => waves.has(name))
    .map((service) => ({ service, wave: waves.get(service.name) ?? 1 }))
    .sort((a, b) => a.wave - b.wave);
}
