import type { Window } from '../core/maintenance/index.ts';
import type { HealthcheckPlan, Plan } from '../core/plan/index.ts';
import { servicePlan } from './plan.ts';
import { anotherVersion } from './rolling.ts';
import type { Simulation } from './simulation.ts';
import type { Trouble } from './troubles.ts';

/** A plan that the operator asked for. */
export interface PlanAsked {
  plan: Plan;
  restart: string[];
  /** The number of the fault that it was. */
  fault: number;
}

/** The operator ends a window. */
export function endMaintenance(sim: Simulation, id: string): boolean {
  return sim.windows.end(id, sim.clock.wall, (confirmed) =>
    sim.operator.ask([], 'running', { type: 'end-maintenance', id }, confirmed),
  );
}

/** The operator gives another plan: which one holds is in doubt until it is confirmed. */
export function askPlan(sim: Simulation, plan: Plan, restart: string[]): boolean {
  const added = plan.services.filter((one) => sim.service(one.name) === undefined).map((one) => one.name);
  sim.invariants.planInDoubt = true;
  sim.rolls.doubt();
  return sim.operator.ask(added, 'running', { type: 'apply', plan, restart, reason: 'another plan' }, () => {
    sim.plan = plan;
    sim.invariants.planInDoubt = false;
  });
}

const anyService = (sim: Simulation): string => sim.random.pick(sim.plan.services).name;

/** A command to a daemon that is not on its way down. */
const command = (name: string, inject: Trouble['inject']): Trouble => ({
  name,
  by: 'operator',
  inject: (sim) => sim.operator.ending === null && inject(sim),
});

/** What an operator does in the middle of it. */
export const COMMANDS: readonly Trouble[] = [
  command('stop', (sim) => {
    const name = anyService(sim);
    sim.invariants.asked(name);
    const now = sim.random.chance(0.2);
    return sim.operator.ask([name], 'stopped', { type: 'stop', services: [name], now, reason: 'operator' });
  }),
  command('start', (sim) => {
    const name = anyService(sim);
    const all = sim.daemon?.coordinator.graph.closure([name]) ?? [];
    for (const one of all) sim.invariants.asked(one);
    return sim.operator.ask(all, 'running', { type: 'start', services: [name], reason: 'operator' });
  }),
  command('restart', (sim) => {
    const name = anyService(sim);
    sim.invariants.asked(null);
    const all = sim.daemon?.coordinator.graph.closure([name]) ?? [];
    return sim.operator.ask(all, 'running', { type: 'restart', services: [name], reason: 'operator' });
  }),
  command('planned restart', (sim) => {
    sim.invariants.asked(null);
    const services = [anyService(sim)];
    return sim.operator.ask([], 'running', { type: 'restart', services, reason: 'schedule', planned: true });
  }),
  command('maintenance', (sim) => {
    const { wall } = sim.clock;
    const window: Window = {
      id: `w${sim.faults}`,
      services: sim.random.chance(0.3) ? [] : [anyService(sim)],
      reason: 'simulated',
      owner: 'sim',
      from: wall,
      until: wall + sim.random.between(1_000, 300_000),
      source: 'operator',
    };
    return sim.windows.ask(window, (confirmed) =>
      sim.operator.ask([], 'running', { type: 'maintain', window }, confirmed),
    );
  }),
  command('maintenance ended', (sim) => {
    const window = sim.windows.confirmed.at(-1);
    if (window === undefined) return false;
    return endMaintenance(sim, window.id);
  }),
  command('another plan', (sim) => {
    sim.invariants.asked(null);
    const { plan, restart } = anotherPlan(sim);
    return askPlan(sim, plan, restart);
  }),
  command('reload', (sim) => {
    const services = sim.plan.services.filter((one) => one.type === 'service');
    if (services.length === 0 || (sim.daemon?.coordinator.world.rolls.size ?? 0) > 0) return false;
    const chosen = sim.random.chance(0.3) ? services : [sim.random.pick(services)];
    sim.invariants.asked(null);
    const next = chosen.map((one) => anotherVersion(sim, one));
    const given = sim.operator.ask([], 'running', { type: 'reload', services: next, reason: 'another version' });
    if (given) sim.rolls.asked(chosen.map((one) => one.name));
    return given;
  }),
  command('down', (sim) => sim.operator.down(sim.random.chance(0.2))),
];

/** Nobody changes a plan of which they do not know whether it was taken: that one is given again until it is. */
function anotherPlan(sim: Simulation): PlanAsked {
  const { planAsked, invariants, faults } = sim;
  if (planAsked !== null && (invariants.planInDoubt || planAsked.fault === faults)) return planAsked;
  const next = { ...changed(sim), fault: faults };
  sim.planAsked = next;
  return next;
}

/** The plan with one change: a service more or less, more instances, another check or watchdog, other logs, another command. */
function changed(sim: Simulation): { plan: Plan; restart: string[] } {
  const { random, plan } = sim;
  const services = [...plan.services];
  const at = random.between(0, services.length - 1);
  const service = services[at];
  if (service === undefined) return { plan, restart: [] };
  switch (random.between(0, 6)) {
    case 0:
      return { plan: { ...plan, services: [...services, servicePlan(`n${sim.faults}`)] }, restart: [] };
    case 1: {
      const needed = services.some((one) => one.dependsOn.some((dependency) => dependency.service === service.name));
      if (needed || services.length < 2) return { plan, restart: [] };
      return { plan: { ...plan, services: services.filter((one) => one !== service) }, restart: [] };
    }
    case 2:
      services[at] = { ...service, instances: service.type === 'task' ? 1 : random.between(1, 3) };
      return { plan: { ...plan, services }, restart: [] };
    case 3:
      if (service.type === 'task') return { plan, restart: [] };
      services[at] = { ...service, healthcheck: otherCheck(sim, service.healthcheck, service.ready.by) };
      return { plan: { ...plan, services }, restart: [] };
    case 4:
      if (service.watchdog === null) return { plan, restart: [] };
      services[at] = { ...service, watchdog: random.pick([10_000, 20_000]) };
      return { plan: { ...plan, services }, restart: [] };
    case 5:
      services[at] = { ...service, logging: { ...service.logging, maxFiles: random.between(1, 9) } };
      return { plan: { ...plan, services }, restart: [] };
    default:
      services[at] = { ...service, command: [service.name, String(sim.faults)] };
      return { plan: { ...plan, services }, restart: [service.name] };
  }
}

/** Another healthcheck, or none where nothing waits for it. */
function otherCheck({ random }: Simulation, old: HealthcheckPlan | null, readyBy: string): HealthcheckPlan | null {
  if (old !== null && readyBy !== 'healthcheck' && random.chance(0.3)) return null;
  return {
    kind: 'exec',
    target: {},
    timeout: 2_000,
    successes: 1,
    startPeriod: 10_000,
    startInterval: 1_000,
    thresholds: [],
    onFailure: 'restart',
    ...old,
    interval: random.pick([5_000, 10_000, 20_000]),
    retries: random.between(1, 3),
  };
}
