/** The dependency graph: who waits for whom at the start, and who goes first at the stop. */
import type { DependencyPlan, ServicePlan } from '../plan/index.ts';

export interface Graph {
  /** Services that `name` depends on. */
  dependencies(name: string): readonly DependencyPlan[];
  /** Services that depend on `name` directly. */
  dependents(name: string): readonly string[];
  /** `name` and all that it needs, transitively, dependencies first. */
  closure(names: Iterable<string>): string[];
  /** All services, dependencies before dependents; the order of the file where it is free. */
  order(): string[];
}

/** Builds the graph. The plan was validated: there are no cycles; one would only lose its order, not hang. */
export function buildGraph(services: readonly ServicePlan[]): Graph {
  const needs = new Map(services.map((service) => [service.name, service.dependsOn]));
  const needed = new Map<string, string[]>(services.map((service) => [service.name, []]));
  for (const service of services) {
    for (const dependency of service.dependsOn) needed.get(dependency.service)?.push(service.name);
  }
  const closure = (names: Iterable<string>): string[] => {
    const seen = new Set<string>();
    const out: string[] = [];
    const visit = (name: string): void => {
      if (seen.has(name) || !needs.has(name)) return;
      seen.add(name);
      for (const dependency of needs.get(name) ?? []) visit(dependency.service);
      out.push(name);
    };
    for (const name of names) visit(name);
    return out;
  };
  return {
    dependencies: (name) => needs.get(name) ?? [],
    dependents: (name) => needed.get(name) ?? [],
    closure,
    order: () => closure(needs.keys()),
  };
}

/** The names of services that depend on each other in a circle; null when none do. */
export function cycleIn(services: readonly ServicePlan[]): string[] | null {
  const left = new Map(services.map((service) => [service.name, service.dependsOn.map((one) => one.service)]));
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const [name, needs] of left) if (!needs.some((one) => left.has(one))) left.delete(name);
  }
  return left.size === 0 ? null : [...left.keys()];
}
