/** Alerts of a daemon that dies at random, over a virtual machine: what arrives, and under which key. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sightsOf, type AlertMessage, type Sight } from '../../src/core/alert/index.ts';
import type { ServicePlan } from '../../src/core/plan/index.ts';
import type { Messenger, SendOutcome } from '../../src/ports/index.ts';
import { SeededRandom, Simulation, planOf, servicePlan } from '../../src/sim/index.ts';
import { plan } from '../core/alert/world.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

const CRASHED = { code: 1, signal: null, known: true } as const;

const ALERTS = plan({ notifiers: [{ name: 'ops', kind: 'slack', target: { url: '${HOOK}' }, secrets: ['url'] }] });

/** A receiver that is sometimes there. */
class Receiver implements Messenger {
  readonly got: AlertMessage[] = [];
  answer: () => SendOutcome = () => ({ result: 'delivered', remark: null });

  render(): Promise<string[]> {
    return Promise.resolve([]);
  }

  send(_kind: string, _target: Record<string, unknown>, message: AlertMessage): Promise<SendOutcome> {
    const outcome = this.answer();
    if (outcome.result === 'delivered') this.got.push(message);
    return Promise.resolve(outcome);
  }

  heard(): string[] {
    return this.got.map(({ stage, alerts }) => `${stage} ${alerts[0].subject}`);
  }
}

async function begin(receiver: Receiver, web: Partial<ServicePlan> = {}): Promise<Simulation> {
  const { restartPolicy } = servicePlan('web');
  const services = ['web', 'db'].map((name) =>
    servicePlan(name, {
      restartPolicy: { ...restartPolicy, maxAttempts: 1, cooldown: 60_000 },
      ...(name === 'web' ? web : {}),
    }),
  );
  const sim = new Simulation({
    seed: SEED,
    faults: 0,
    plan: planOf(services, { alerts: ALERTS }),
    messenger: receiver,
  });
  sim.troubled = 0;
  await sim.startDaemon();
  await sim.advance(120_000);
  return sim;
}

/** Ends every process, and lets no other begin. */
function breakAll(sim: Simulation): void {
  sim.spawnsFail = 1;
  for (const process of sim.machine.processes.values()) sim.machine.end(process, CRASHED);
}

test('a service that gave up: one alert, and one recovery when it stands again', async () => {
  const receiver = new Receiver();
  const sim = await begin(receiver);
  assert.deepEqual(receiver.heard(), []);
  breakAll(sim);
  await sim.advance(600_000);
  assert.deepEqual(receiver.heard().sort(), ['opened db', 'opened web']);
  const cause = receiver.got[0]!.alerts[0].cause;
  assert.match(cause, /^failed too often: /);
  sim.spawnsFail = 0;
  await sim.advance(600_000);
  assert.deepEqual(receiver.heard().slice(2).sort(), ['closed db', 'closed web']);
});

test('the daemon dies at random, also while a message is on its way: none is lost, and what comes twice has the same key', async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  const receiver = new Receiver();
  const sim = await begin(receiver);
  const random = new SeededRandom(SEED);
  let deaths = 0;
  receiver.answer = () => {
    const roll = random.next();
    // It has arrived, and the daemon never hears of it.
    if (roll < 0.3) {
      sim.die();
      deaths += 1;
    }
    return roll < 0.7
      ? { result: 'delivered', remark: null }
      : { result: 'retry', reason: 'not now', afterMs: Math.floor(roll * 60_000) };
  };
  for (let round = 0; round < 60; round += 1) {
    if (random.next() < 0.5) breakAll(sim);
    else sim.spawnsFail = 0;
    await sim.advance(random.next() * 400_000);
    if (random.next() < 0.4 && sim.daemon !== null) {
      sim.die();
      deaths += 1;
    }
    await sim.advance(random.next() * 20_000);
  }
  sim.spawnsFail = 0;
  receiver.answer = () => ({ result: 'delivered', remark: null });
  await sim.advance(3 * 3_600_000);
  assert.ok(deaths > 15, `${deaths} deaths`);
  const { open, outbox } = sim.daemon!.alerts.alerts;
  assert.deepEqual([open, outbox], [[], []]);
  const byId = new Map<string, AlertMessage[]>();
  for (const one of receiver.got) byId.set(one.alerts[0].id, [...(byId.get(one.alerts[0].id) ?? []), one]);
  assert.ok(byId.size > 3, `${byId.size} alerts`);
  for (const [id, messages] of byId) {
    const keysOf = (stage: string): number =>
      new Set(messages.filter((one) => one.stage === stage).map(({ key }) => key)).size;
    assert.ok(
      keysOf('opened') <= 1 && keysOf('closed') === 1,
      `alert ${id}: ${messages.map(({ key }) => key).join(' ')}`,
    );
    assert.equal(messages.at(-1)!.stage, 'closed', `alert ${id}`);
  }
});

test('what fails because of something else is told in the alert of that', async () => {
  const receiver = new Receiver();
  const dependsOn = [{ service: 'db', condition: 'service_started' as const, restart: false, required: true }];
  const sim = await begin(receiver, { dependsOn });
  breakAll(sim);
  await sim.advance(600_000);
  assert.deepEqual(receiver.heard(), ['opened db']);
  assert.deepEqual(receiver.got[0]!.alerts[0].affected, ['web']);
  sim.spawnsFail = 0;
  await sim.advance(600_000);
  assert.deepEqual(receiver.heard(), ['opened db', 'closed db']);
});

test('as long as what broke first is wrong, what follows from it begins no alert; later it does', async () => {
  const sim = await begin(new Receiver());
  breakAll(sim);
  await sim.advance(600_000);
  const { world } = sim.daemon!.coordinator;
  const [incident] = world.incidents.open;
  assert.ok(incident !== undefined);
  const seen = (until: number | null): Sight[] => {
    const involved = ['db', 'web'].map((name) => ({
      name,
      kind: 'service' as const,
      reason: '',
      from: 0,
      until: name === 'db' ? until : null,
    }));
    const open = [{ ...incident, cause: 'db', involved }];
    const sights = sightsOf({ ...world, incidents: { next: 2, open } }, { broken: {} }, [], sim.daemon!.clock.now());
    return ['service/db', 'service/web'].map((source) => sights.get(source)!);
  };
  const [db, web] = seen(null);
  assert.ok(typeof db === 'object' && db.affected.includes('web'));
  assert.equal(web, 'unsure');
  assert.equal(typeof seen(1)[1], 'object');
});

test('a disk that does not answer keeps no alert back', async () => {
  const receiver = new Receiver();
  const sim = await begin(receiver);
  sim.blockDisk(3_600_000, 'no space left on device');
  breakAll(sim);
  await sim.advance(600_000);
  assert.deepEqual(receiver.heard().sort(), ['opened db', 'opened web']);
});
