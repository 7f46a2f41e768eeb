import type { Window } from '../core/maintenance/index.ts';
import type { Plan } from '../core/plan/index.ts';
import { servicePlan } from './plan.ts';
import type { Simulation } from './simulation.ts';
import type { Trouble } from './troubles.ts';

const anyService = (sim: Simulation): string => sim.random.pick(sim.plan.services).name;

/** What an operator does in the middle of it. */
export const OPERATOR: readonly Trouble[] = [
  {
    name: 'stop',
    inject: (sim) => {
      const name = anyService(sim);
      sim.invariants.asked(name);
      return sim.ask([name], 'stopped', {
        type: 'stop',
        services: [name],
        now: sim.random.chance(0.2),
        reason: 'operator',
      });
    },
  },
  {
    name: 'start',
    inject: (sim) => {
      const name = anyService(sim);
      const all = sim.daemon?.coordinator.graph.closure([name]) ?? [];
      for (const one of all) sim.invariants.asked(one);
      return sim.ask(all, 'running', { type: 'start', services: [name], reason: 'operator' });
    },
  },
  {
    name: 'restart',
    inject: (sim) => {
      const name = anyService(sim);
      sim.invariants.asked(null);
      const all = sim.daemon?.coordinator.graph.closure([name]) ?? [];
      return sim.ask(all, 'running', { type: 'restart', services: [name], reason: 'operator' });
    },
  },
  {
    name: 'maintenance',
    inject: (sim) => {
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
      return sim.ask([], 'running', { type: 'maintain', window }, () => sim.invariants.windows.push(window));
    },
  },
  {
    name: 'maintenance ended',
    inject: (sim) => {
      const window = sim.invariants.windows.at(-1);
      if (window === undefined) return false;
      window.until = Math.min(window.until, sim.clock.wall);
      return sim.ask([], 'running', { type: 'end-maintenance', id: window.id });
    },
  },
  {
    name: 'another plan',
    inject: (sim) => {
      if (sim.daemon === null) return false;
      const { plan, restart } = changed(sim);
      sim.invariants.asked(null);
      const added = plan.services.filter((one) => sim.service(one.name) === undefined).map((one) => one.name);
      return sim.ask(added, 'running', { type: 'apply', plan, restart, reason: 'another plan' }, () => {
        sim.plan = plan;
      });
    },
  },
];

/** The plan with one change: a service more or less, more instances, another policy, another command. */
function changed(sim: Simulation): { plan: Plan; restart: string[] } {
  const { random, plan } = sim;
  const services = [...plan.services];
  const at = random.between(0, services.length - 1);
  const service = services[at];
  if (service === undefined) return { plan, restart: [] };
  switch (random.between(0, 3)) {
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
    default:
      services[at] = { ...service, command: [service.name, String(sim.faults)] };
      return { plan: { ...plan, services }, restart: [service.name] };
  }
}
