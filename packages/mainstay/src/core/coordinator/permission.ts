import { LIVE_PHASES } from '@mainstay/protocol';
import { healthOf } from '../health/index.ts';
import { covering } from '../maintenance/index.ts';
import type { DependencyPlan } from '../plan/index.ts';
import { hasGivenUp, instancesOf } from './instances.ts';
import { untouchable } from './untouchable.ts';
import type { InstanceState, ServiceState, World } from './types.ts';

/** Why a waiting instance may not start yet; null: it may (the budget is asked last, by the caller). */
export function heldBecause(world: World, instance: InstanceState): string | null {
  const purging = world.purging.get(instance.id);
  if (purging !== undefined && purging.size > 0) return 'an older incarnation of it still lives';
  const untouched = untouchable(world, instance);
  if (untouched !== null) return untouched;
  if (instance.life.unasked) {
    const window = covering(world.windows.values(), instance.service);
    if (window !== null) return `maintenance: ${window.reason}`;
  }
  for (const dependency of instance.plan.dependsOn) {
    const state = dependencyState(world, dependency);
    if (state.kind !== 'met') return state.reason;
  }
  return null;
}

export type DependencyState = { kind: 'met' } | { kind: 'pending' | 'failed'; reason: string };

/** Whether what `dependency` asks for holds. */
export function dependencyState(world: World, dependency: DependencyPlan): DependencyState {
  const service = world.services.get(dependency.service);
  if (service === undefined) return { kind: 'met' };
  const name = dependency.service;
  const lives = instancesOf(world, dependency.service);
  const gaveUp = lives.length > 0 && lives.every(hasGivenUp);
  const good = lives.filter((one) => isGood(one, dependency.condition));
  const coming = lives.some((one) => isComing(one) && !good.includes(one));
  // With several instances one good one is enough, once none of the others is still on its way up.
  if (good.length > 0 && !coming) return { kind: 'met' };
  if (service.desired === 'stopped')
    return optional(dependency, 'pending', `waiting for ${name}: the operator stopped it`);
  if (gaveUp) {
    const why = lives[0]?.life.reason ?? lives[0]?.life.phase ?? '';
    return optional(dependency, 'failed', `${name} gave up: ${why}`);
  }
  return { kind: 'pending', reason: `waiting for ${name} (${wanted(dependency.condition)})` };
}

function optional(dependency: DependencyPlan, kind: 'pending' | 'failed', reason: string): DependencyState {
  return dependency.required ? { kind, reason } : { kind: 'met' };
}

function wanted(condition: DependencyPlan['condition']): string {
  if (condition === 'service_healthy') return 'healthy';
  return condition === 'service_started' ? 'started' : 'completed successfully';
}

function isGood(instance: InstanceState, condition: DependencyPlan['condition']): boolean {
  const { life, health } = instance;
  switch (condition) {
    case 'service_started':
      return life.phase === 'running' || life.phase === 'ready' || life.phase === 'completed';
    case 'service_healthy':
      if (life.phase !== 'ready') return false;
      if (health === null) return true;
      return healthOf(health.mode) === 'healthy' || healthOf(health.mode) === 'degraded';
    case 'service_completed_successfully':
      return life.phase === 'completed';
  }
}

function isComing({ life, health }: InstanceState): boolean {
  if (life.phase === 'waiting' || life.phase === 'starting' || life.phase === 'running') return true;
  return life.phase === 'ready' && health !== null && healthOf(health.mode) === 'unknown';
}

/** Whether a stop of `service` has to wait: something that is to be stopped too still uses it. */
export function stopHeld(world: World, service: string, dependents: readonly string[]): boolean {
  const inPlan = dependents.some((name) => {
    const dependent = world.services.get(name);
    if (dependent === undefined || !toBeStopped(world, dependent)) return false;
    return dependent.instances.some((id) => isStillThere(world.instances.get(id)));
  });
  return inPlan || [...world.instances.values()].some((one) => retiresFrom(world, one, service));
}

/** What is no longer wanted by the plan uses what it needed until it is gone. */
function retiresFrom(world: World, instance: InstanceState, service: string): boolean {
  if (instance.retired === null || !isStillThere(instance)) return false;
  // As the plan is now, where it still knows the service: there are no cycles in it.
  const { dependsOn } = world.services.get(instance.service)?.plan ?? instance.plan;
  return dependsOn.some((dependency) => dependency.service === service);
}

/** It lives; what cannot be killed is waited for by nobody. */
function isStillThere(instance: InstanceState | undefined): boolean {
  return instance !== undefined && instance.life.phase !== 'unkillable' && LIVE_PHASES.has(instance.life.phase);
}

/** The operator wants the service stopped, or everything. */
export function toBeStopped(world: World, service: ServiceState): boolean {
  return world.goal === 'down' || service.desired === 'stopped';
}
