import { instanceId } from '@mainstay/protocol';
import { applyChecks } from './checks.ts';
import { healthSettings, driveHealth, driveLife, driveWatchdog } from './drive.ts';
import { changePlan, unseenAtFirst, watch } from './foreign.ts';
import { newLife } from '../life/index.ts';
import { MEMORY_UNDER } from '../memory/index.ts';
import { INITIAL_REMEDY } from '../remedy/index.ts';
import { WATCHDOG_OFF } from '../watchdog/index.ts';
import { buildGraph } from '../order/index.ts';
import type { Now } from '../world/index.ts';
import type { ServicePlan } from '../plan/index.ts';
import { record, touchAll, type Turn } from './turn.ts';
import type { Command, InstanceState, ServiceState, World } from './types.ts';

/** A new instance of a service, never started. */
function newInstance(plan: ServicePlan, index: number, now: Now): InstanceState {
  return {
    id: instanceId(plan.name, index),
    service: plan.name,
    index,
    plan,
    life: newLife(now),
    health: null,
    watchdog: WATCHDOG_OFF,
    memory: MEMORY_UNDER,
    hidden: unseenAtFirst(plan),
    remedy: INITIAL_REMEDY,
    retired: null,
  };
}

export function newService(world: World, plan: ServicePlan, now: Now): ServiceState {
  const service: ServiceState = { plan, desired: 'running', instances: [] };
  for (let index = 0; index < plan.instances; index += 1) {
    const instance = newInstance(plan, index, now);
    world.instances.set(instance.id, instance);
    service.instances.push(instance.id);
  }
  world.services.set(plan.name, service);
  return service;
}

/** Goes over to a new plan: only what changed is touched; `restart` names what the change restarts. */
export function applyPlan(turn: Turn, { plan, restart, reason }: Extract<Command, { type: 'apply' }>): void {
  const { world } = turn;
  if (JSON.stringify(plan) === JSON.stringify(world.plan)) return;
  const wanted = new Set(plan.services.map((service) => service.name));
  for (const [name, service] of world.services) {
    if (wanted.has(name)) continue;
    for (const id of service.instances) retire(turn, id, 'it is no longer in the plan');
    world.services.delete(name);
  }
  const touchedServices: string[] = [];
  for (const next of plan.services) {
    const service = world.services.get(next.name);
    if (service === undefined) addService(turn, next);
    else changeService(turn, service, next, restart.includes(next.name), reason);
    if (service === undefined || restart.includes(next.name)) touchedServices.push(next.name);
  }
  world.plan = plan;
  applyChecks(turn, plan.checks);
  // The order of the file, whatever was added when.
  world.services = new Map(
    plan.services.flatMap((next) => {
      const service = world.services.get(next.name);
      return service === undefined ? [] : [[next.name, service] as const];
    }),
  );
  turn.graph = buildGraph(plan.services);
  record(
    turn,
    'plan.applied',
    touchedServices.length === 0
      ? 'plan applied; nothing restarted'
      : `plan applied; restarting or adding ${touchedServices.join(', ')}`,
  );
  touchAll(turn);
}

function addService(turn: Turn, plan: ServicePlan): void {
  // An instance of an earlier service of this name may still be stopping: it is taken back.
  const service: ServiceState = { plan, desired: 'running', instances: [] };
  turn.world.services.set(plan.name, service);
  turn.effects.push({ type: 'intent', service: plan.name, desired: 'running' });
  scale(turn, service, plan);
}

function changeService(turn: Turn, service: ServiceState, next: ServicePlan, restarts: boolean, reason: string): void {
  const { healthcheck: oldCheck, logging: oldLogging, watchdog: oldWatchdog, resources: oldResources } = service.plan;
  service.plan = next;
  scale(turn, service, next);
  for (const id of service.instances) {
    const instance = turn.world.instances.get(id);
    if (instance === undefined) continue;
    changePlan(turn, instance, next);
    if (JSON.stringify(oldLogging) !== JSON.stringify(next.logging)) {
      turn.effects.push({ type: 'log-configure', instance: id, logging: next.logging });
    }
    if (restarts && instance.life.phase !== 'stopped') {
      driveLife(turn, instance, { type: 'restart', reason });
      continue;
    }
    if (JSON.stringify(oldResources) !== JSON.stringify(next.resources)) limit(turn, instance);
    if (JSON.stringify(oldCheck) !== JSON.stringify(next.healthcheck)) changeHealthcheck(turn, instance);
    if (oldWatchdog !== next.watchdog && instance.life.phase === 'ready')
      driveWatchdog(turn, instance, { type: 'arm' });
  }
}

/** Limits what lives as the plan says now; what does not live yet is born with its limits. */
export function limit(turn: Turn, { id, life, plan }: InstanceState): void {
  if (life.identity === null) return;
  turn.effects.push({ type: 'limit', instance: id, incarnation: life.incarnation, resources: plan.resources });
}

function changeHealthcheck(turn: Turn, instance: InstanceState): void {
  const { healthcheck } = instance.plan;
  // Other steps: what was tried of the old ones says nothing.
  instance.remedy = { ...INITIAL_REMEDY, seq: instance.remedy.seq };
  if (healthcheck === null) {
    turn.effects.push({ type: 'disarm', key: `probe:${instance.id}` }, { type: 'cancel-probe', instance: instance.id });
    instance.health = null;
    return;
  }
  const { life } = instance;
  if (instance.health !== null)
    driveHealth(turn, instance, { type: 'configured', settings: healthSettings(healthcheck) });
  else if (life.phase === 'ready' || life.phase === 'running') {
    driveHealth(turn, instance, { type: 'started', incarnation: life.incarnation, phase: turn.random() });
  }
}

/** Makes and retires instances until there are as many as the plan says. */
export function scale(turn: Turn, service: ServiceState, plan: ServicePlan): void {
  for (let index = service.instances.length; index < plan.instances; index += 1) {
    const id = instanceId(plan.name, index);
    const existing = turn.world.instances.get(id);
    if (existing === undefined) {
      const added = newInstance(plan, index, turn.now);
      turn.world.instances.set(id, added);
      turn.effects.push({ type: 'log-open', instance: id, service: plan.name, logging: plan.logging });
      watch(turn, added);
    } else {
      existing.retired = null;
      changePlan(turn, existing, plan);
      driveLife(turn, existing, { type: 'restart', reason: 'it is in the plan again' });
    }
    service.instances.push(id);
  }
  for (const id of service.instances.splice(plan.instances)) retire(turn, id, 'fewer instances are wanted');
}

function retire(turn: Turn, id: InstanceState['id'], reason: string): void {
  const instance = turn.world.instances.get(id);
  if (instance === undefined) return;
  instance.retired = reason;
  turn.touched.add(id);
}
