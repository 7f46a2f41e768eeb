import type { Command } from '../core/coordinator/index.ts';
import type { Plan } from '../core/plan/index.ts';
import { planOf, servicePlan } from './plan.ts';
import { Simulation, type SimOptions } from './simulation.ts';

/** Something that a daemon does for people, played with programs that behave. */
export interface Scenario {
  name: string;
  play: (sim: Simulation) => Promise<void>;
}

const needs = (service: string): { dependsOn: Plan['services'][number]['dependsOn'] } => ({
  dependsOn: [{ service, condition: 'service_healthy', restart: true, required: true }],
});
const HEALTHCHECK: Plan['services'][number]['healthcheck'] = {
  kind: 'exec',
  target: {},
  interval: 10_000,
  timeout: 2_000,
  retries: 2,
  successes: 1,
  startPeriod: 0,
  startInterval: 1_000,
  onFailure: 'restart',
};

/** A database, a migration that needs it, an application of two instances that needs both, and a proxy. */
const SYSTEM: Plan = planOf([
  servicePlan('db', { healthcheck: HEALTHCHECK, ready: { by: 'healthcheck', timeout: 60_000 } }),
  servicePlan('migrate', { type: 'task', ...needs('db') }),
  servicePlan('app', {
    instances: 2,
    ready: { by: 'notify', timeout: 60_000 },
    watchdog: 10_000,
    dependsOn: [
      ...needs('db').dependsOn,
      { service: 'migrate', condition: 'service_completed_successfully', restart: false, required: true },
    ],
  }),
  servicePlan('proxy', { ready: { by: 'log', pattern: 'up', timeout: 60_000 }, ...needs('app') }),
]);

const MINUTE = 60_000;

async function command(sim: Simulation, given: Command, services: string[] = []): Promise<void> {
  await sim.operator.insist(() => {
    sim.invariants.asked(null);
    return sim.operator.ask(services, given.type === 'stop' ? 'stopped' : 'running', given);
  });
}

function crash(sim: Simulation, instance: string): void {
  for (const one of sim.machine.processes.values()) {
    if (one.instance === instance && one.leader) sim.machine.end(one, { code: 1, signal: null, known: true });
  }
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'boot', play: async () => {} },
  {
    name: 'crash',
    play: async (sim) => {
      await sim.advance(MINUTE);
      crash(sim, 'db/0');
      crash(sim, 'app/1');
    },
  },
  {
    name: 'hang',
    play: async (sim) => {
      await sim.advance(MINUTE);
      for (const one of sim.machine.processes.values()) one.hanging = true;
      await sim.advance(MINUTE);
    },
  },
  {
    name: 'stop',
    play: async (sim) => {
      await sim.advance(MINUTE);
      await command(sim, { type: 'stop', services: ['proxy', 'app'], now: false, reason: 'x' }, ['proxy', 'app']);
    },
  },
  {
    name: 'apply',
    play: async (sim) => {
      await sim.advance(MINUTE);
      const [db, migrate, app] = SYSTEM.services;
      if (db === undefined || migrate === undefined || app === undefined) return;
      const plan = planOf([db, migrate, { ...app, instances: 1, command: ['new'] }, servicePlan('worker')]);
      await command(sim, { type: 'apply', plan, restart: ['app'], reason: 'x' });
      sim.plan = plan;
    },
  },
  {
    name: 'restart',
    play: async (sim) => {
      await sim.advance(MINUTE);
      await command(sim, { type: 'restart', services: ['db'], reason: 'x' });
    },
  },
  {
    name: 'maintenance',
    play: async (sim) => {
      await sim.advance(MINUTE);
      const { wall } = sim.clock;
      const window = { id: 'w', services: [], reason: 'x', owner: 'o', from: wall, until: wall + MINUTE };
      await command(sim, { type: 'maintain', window: { ...window, source: 'operator' } });
      crash(sim, 'proxy/0');
      sim.clock.setWall(3_600_000);
      await sim.advance(2 * MINUTE);
    },
  },
  {
    name: 'purge',
    play: async (sim) => {
      await sim.advance(MINUTE);
      const app = [...sim.machine.processes.values()].filter((one) => one.instance === 'app/0');
      for (const one of app) sim.machine.fork(one);
      sim.die();
      crash(sim, 'app/0');
    },
  },
  {
    name: 'down and up again',
    play: async (sim) => {
      await sim.advance(MINUTE);
      await sim.operator.insist(() => sim.operator.down(false));
      while (sim.operator.ending !== null) await sim.advance(1_000);
    },
  },
];

/**
 * Plays a scenario, with the daemon dying at effect number `deathAt` (null: not at all), and a quiet time after it.
 * What does not hold is in the simulation's invariants.
 */
export async function playScenario(
  scenario: Scenario,
  deathAt: number | null,
  options: Pick<SimOptions, 'tables' | 'trace'> = {},
): Promise<Simulation> {
  const sim = new Simulation({ seed: 1, faults: 0, plan: SYSTEM, ...options });
  sim.troubled = 0;
  sim.fuse = deathAt;
  await sim.begin();
  await scenario.play(sim);
  await sim.advance(MINUTE);
  await sim.calm();
  await sim.advance(5 * MINUTE);
  sim.checkEnd();
  return sim;
}
