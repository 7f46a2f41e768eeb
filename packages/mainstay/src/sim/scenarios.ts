import type { Command } from '../core/coordinator/index.ts';
import type { Window } from '../core/maintenance/index.ts';
import type { HealthcheckPlan, Plan } from '../core/plan/index.ts';
import { drawChecks } from './checks.ts';
import { askPlan } from './commands.ts';
import { planOf, servicePlan } from './plan.ts';
import { BAD } from './rolling.ts';
import type { SimOptions } from './options.ts';
import { Simulation } from './simulation.ts';

/** Something that a daemon does for people, played with programs that behave. */
export interface Scenario {
  name: string;
  play: (sim: Simulation) => Promise<void>;
}

const needs = (service: string): { dependsOn: Plan['services'][number]['dependsOn'] } => ({
  dependsOn: [{ service, condition: 'service_healthy', restart: true, required: true }],
});
const HEALTHCHECK: HealthcheckPlan = {
  kind: 'exec',
  target: {},
  interval: 10_000,
  timeout: 2_000,
  retries: 2,
  successes: 1,
  startPeriod: 0,
  startInterval: 1_000,
  thresholds: [],
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

async function apply(sim: Simulation, plan: Plan, restart: string[]): Promise<void> {
  await sim.operator.insist(() => {
    sim.invariants.asked(null);
    return askPlan(sim, plan, restart);
  });
}

/** Another version of services, rolling. */
async function reload(sim: Simulation, names: readonly string[], version: string): Promise<void> {
  const services = sim.plan.services.filter((one) => names.includes(one.name));
  sim.rolls.asked(names);
  const next = services.map((one) => ({ ...one, command: [one.name, version] }));
  await command(sim, { type: 'reload', services: next, reason: 'x' });
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
    name: 'a hang that ends too late',
    play: async (sim) => {
      await sim.advance(MINUTE);
      for (const one of sim.machine.processes.values()) one.hanging = one.instance === 'app/0';
      // Its watchdog misses it within 10 s, and waits as long again before it kills it.
      await sim.advance(12_000);
      sim.heal();
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
      await apply(sim, plan, ['app']);
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
    name: 'reload',
    play: async (sim) => {
      await sim.advance(MINUTE);
      await reload(sim, ['db', 'app'], '2');
      await sim.advance(MINUTE);
      crash(sim, 'app/0');
    },
  },
  {
    name: 'reload of a bad version',
    play: async (sim) => {
      await sim.advance(MINUTE);
      await reload(sim, ['app'], '2');
      await sim.advance(MINUTE);
      await reload(sim, ['app', 'proxy'], BAD);
      await sim.advance(3 * MINUTE);
      // The first instance stands, the second does not: both go back.
      await reload(sim, ['app'], '3');
      await replacing(sim, 1);
      crash(sim, 'app/1');
      await sim.advance(3 * MINUTE);
    },
  },
  {
    name: 'maintenance',
    play: async (sim) => {
      await sim.advance(MINUTE);
      const { wall } = sim.clock;
      const until = wall + 5 * MINUTE;
      const window: Window = { id: 'w', services: [], reason: 'x', owner: 'o', from: wall, until, source: 'operator' };
      await sim.operator.insist(() =>
        sim.windows.ask(window, (confirmed) =>
          sim.operator.ask([], 'running', { type: 'maintain', window }, confirmed),
        ),
      );
      await sim.advance(2 * MINUTE);
      crash(sim, 'proxy/0');
      await sim.advance(MINUTE);
      sim.clock.setWall(3_600_000);
      sim.windows.clockSet(3_600_000, sim.clock.mono);
      await sim.advance(4 * MINUTE);
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
    name: 'checks',
    play: async (sim) => {
      await sim.advance(MINUTE);
      const checks = drawChecks(SYSTEM);
      await apply(sim, { ...SYSTEM, checks }, []);
      for (const fault of ['fail', 'frozen', 'warn', 'unknown', 'pass'] as const) {
        sim.checked.set('base', fault);
        await sim.advance(40_000);
      }
      sim.checked.set('other', 'fail');
      await command(sim, { type: 'stop', services: ['proxy'], now: false, reason: 'x' }, ['proxy']);
      await apply(sim, { ...SYSTEM, checks: checks.slice(0, 3) }, []);
    },
  },
  {
    name: 'down and up again',
    play: async (sim) => {
      await sim.advance(MINUTE);
      await sim.operator.insist(() => sim.operator.down(false));
      await sim.operator.ended();
    },
  },
];

/** What faults drawn at random hardly ever meet: commands and words at moments that last for milliseconds. */
export const ODD_MOMENTS: Scenario = {
  name: 'odd moments',
  play: async (sim) => {
    await sim.advance(MINUTE);
    sim.daemon?.post({ type: 'log-matched', instance: 'migrate/0', incarnation: 1, line: 'a last word' });
    sim.spawnTakes = 2_000;
    for (let n = 0; n < 20; n += 1) {
      await command(sim, { type: 'restart', services: ['db'], reason: 'again' });
      await sim.advance(300);
    }
    sim.spawnTakes = 5;
    await sim.advance(MINUTE);
    for (const one of sim.machine.processes.values()) one.ailing = one.instance === 'db/0';
    await sim.advance(MINUTE);
    const [db, ...others] = SYSTEM.services;
    if (db === undefined) return;
    const plan = planOf([{ ...db, healthcheck: { ...HEALTHCHECK, interval: 5_000 } }, ...others]);
    await apply(sim, plan, []);
    for (const one of sim.machine.processes.values()) {
      if (one.instance !== 'app/0') continue;
      one.behaviour = { ...one.behaviour, unkillableFor: sim.clock.mono - one.startedAt + MINUTE, ignoresTerm: true };
    }
    await command(sim, { type: 'stop', services: ['app'], now: true, reason: 'x' }, ['app']);
    await sim.advance(15_000);
    const { incarnation } = sim.daemon?.coordinator.world.instances.get('app/0')?.life ?? { incarnation: 0 };
    sim.daemon?.post({ type: 'log-matched', instance: 'app/0', incarnation, line: 'it will not die' });
    await command(sim, { type: 'restart', services: ['app'], reason: 'x' }, ['app']);
    await command(sim, { type: 'start', services: ['app'], reason: 'x' }, ['app']);
    await command(sim, { type: 'stop', services: ['proxy'], now: false, reason: 'x' }, ['proxy']);
    await sim.advance(MINUTE);
    const proxy = sim.daemon?.coordinator.world.instances.get('proxy/0')?.life.incarnation ?? 0;
    sim.daemon?.post({ type: 'log-matched', instance: 'proxy/0', incarnation: proxy, line: 'a last word' });
    await oddReloads(sim);
    await oddFailures(sim);
  },
};

/** Instances that stood end again while others are replaced; time is not observed while the new plan is written down. */
async function oddReloads(sim: Simulation): Promise<void> {
  const services = sim.plan.services.map((one) => (one.name === 'app' ? { ...one, instances: 3 } : one));
  await apply(sim, { ...sim.plan, services }, []);
  await command(sim, { type: 'start', services: [], reason: 'x' }, ['app', 'proxy']);
  await sim.advance(5 * MINUTE);
  await reload(sim, ['app'], '3');
  await replacing(sim, 1);
  crash(sim, 'app/0');
  await until(sim, () => sim.daemon?.coordinator.world.rolls.get('app')?.name === 'keeping');
  sim.daemon?.post({ type: 'gap', ms: 20_000 });
  await sim.advance(5 * MINUTE);
  await reload(sim, ['app'], '4');
  await replacing(sim, 2);
  crash(sim, 'app/2');
  await replacing(sim, 0);
  for (let n = 0; n < 4; n += 1) {
    crash(sim, 'app/2');
    await sim.advance(800);
  }
  await sim.advance(5 * MINUTE);
}

/** Waits until a reload of the app is at that instance, and its old incarnation is gone. */
async function replacing(sim: Simulation, index: number): Promise<void> {
  await until(sim, () => {
    const { instances, rolls } = sim.daemon?.coordinator.world ?? {};
    const current = rolls?.get('app')?.current;
    return current?.index === index && (instances?.get(`app/${index}`)?.life.incarnation ?? 0) > current.since;
  });
}

async function until(sim: Simulation, holds: () => boolean): Promise<void> {
  for (let ms = 0; ms < MINUTE && !holds(); ms += 1) await sim.advance(1);
}

/** A service that fails: another check, and last words, when it is in no state to care. */
async function oddFailures(sim: Simulation): Promise<void> {
  const check = (interval: number): Promise<void> => {
    const base = servicePlan('flaky', { healthcheck: { ...HEALTHCHECK, onFailure: 'alert', interval } });
    const flaky = { ...base, restartPolicy: { ...base.restartPolicy, maxAttempts: 1, cooldown: 30_000 } };
    return apply(sim, planOf([...SYSTEM.services, flaky]), []);
  };
  const fail = async (): Promise<void> => {
    crash(sim, 'flaky/0');
    await sim.advance(1);
    const incarnation = sim.daemon?.coordinator.world.instances.get('flaky/0')?.life.incarnation ?? 0;
    sim.daemon?.post({ type: 'log-matched', instance: 'flaky/0', incarnation, line: 'a last word' });
    sim.daemon?.post({ type: 'emptied', instance: 'flaky/0', incarnation });
  };
  await check(5_000);
  await check(6_000);
  await sim.advance(MINUTE);
  for (const one of sim.machine.processes.values()) one.hanging = one.instance === 'flaky/0';
  await sim.advance(MINUTE);
  await check(7_000);
  await fail();
  await check(8_000);
  await sim.advance(10_000);
  await fail();
  await check(9_000);
}

/**
 * Plays a scenario, with the daemon dying after noticeable effect number `deathAt` (null: not at all), and a quiet time after it.
 * What does not hold is in the simulation's invariants.
 */
export async function playScenario(
  scenario: Scenario,
  deathAt: number | null,
  options: Pick<SimOptions, 'tables' | 'trace' | 'plant'> = {},
): Promise<Simulation> {
  const sim = new Simulation({ seed: 1, faults: 0, plan: SYSTEM, ...options });
  sim.troubled = 0;
  if (deathAt !== null) sim.deaths.afterNoticeable(deathAt);
  await sim.begin();
  await scenario.play(sim);
  await sim.advance(MINUTE);
  await sim.calm();
  await sim.advance(5 * MINUTE);
  sim.checkEnd();
  return sim;
}
