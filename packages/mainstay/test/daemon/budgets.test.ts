/** Error budgets that burn: who is told, and who is not. Over a virtual machine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertMessage } from '../../src/core/alert/index.ts';
import type { ObjectivePlan, Plan, ServicePlan } from '../../src/core/plan/index.ts';
import type { Messenger, SendOutcome } from '../../src/ports/index.ts';
import { Simulation, planOf, servicePlan } from '../../src/sim/index.ts';
import { plan as alertsPlan } from '../core/alert/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const CRASHED = { code: 1, signal: null, known: true } as const;
const ALERTS = alertsPlan({
  notifiers: [{ name: 'ops', kind: 'slack', target: { url: '${HOOK}' }, secrets: ['url'] }],
});
const NOTHING: ObjectivePlan = { uptime: null, mttr: null, mtbf: null, rpo: null, automatic: null, rto: {} };

class Receiver implements Messenger {
  readonly got: AlertMessage[] = [];

  render(): Promise<string[]> {
    return Promise.resolve([]);
  }

  send(_kind: string, _target: Record<string, unknown>, message: AlertMessage): Promise<SendOutcome> {
    this.got.push(message);
    return Promise.resolve({ result: 'delivered', remark: null });
  }

  heard(): string[] {
    return this.got.map(({ stage, alerts: [{ severity, subject }] }) => `${stage} ${severity} ${subject}`);
  }
}

/** Two services; each failure of one takes a minute to be repaired, and never leads to giving up. */
async function begin(
  receiver: Receiver,
  part: Partial<Plan> = {},
  web: Partial<ServicePlan> = {},
): Promise<Simulation> {
  // The room of budgets comes when it is needed: virtual time does not wait for a file that is loaded.
  await import('../../src/daemon/burning.ts');
  const { restartPolicy } = servicePlan('web');
  const policy = { ...restartPolicy, delay: MINUTE, factor: 1, jitter: 0, maxDelay: MINUTE, maxAttempts: 1_000 };
  const services = ['web', 'db'].map((name) =>
    servicePlan(name, { restartPolicy: policy, ...(name === 'web' ? web : {}) }),
  );
  const objective = { ...NOTHING, uptime: 0.999 };
  const plan = planOf(services, { alerts: ALERTS, objective, ...part });
  const sim = new Simulation({ seed: SEED, faults: 0, plan, messenger: receiver });
  sim.troubled = 0;
  await sim.startDaemon();
  await sim.advance(10 * MINUTE);
  return sim;
}

function crash(sim: Simulation, name: string): void {
  for (const process of sim.machine.processes.values())
    if (process.instance.startsWith(`${name}/`)) sim.machine.end(process, CRASHED);
}

const events = (sim: Simulation): string[] =>
  sim.disk
    .events({ types: ['objective.burning', 'objective.steady'], limit: 100 })
    .map(({ type, data }) => `${type} ${String(data['service'])}`);

test('a budget that burns is told once, and once when it lasts again', async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  const receiver = new Receiver();
  const sim = await begin(receiver);
  crash(sim, 'web');
  await sim.advance(2 * MINUTE);
  // A minute of being down is more than the 51.84 s of an hour, and the 4.32 s of five minutes.
  assert.deepEqual(receiver.heard(), ['opened critical web']);
  assert.match(receiver.got[0]!.alerts[0].cause, /of the last hour: 14\.\d times what an uptime of 99\.9 % allows/);
  await sim.advance(20 * MINUTE);
  assert.deepEqual(receiver.heard(), ['opened critical web', 'closed critical web']);
  assert.deepEqual(events(sim), ['objective.burning web', 'objective.steady web']);
});

test('a daemon that dies meanwhile knows what burned, and tells it no second time', async () => {
  const receiver = new Receiver();
  const sim = await begin(receiver);
  crash(sim, 'web');
  await sim.advance(2 * MINUTE);
  for (let n = 0; n < 3; n += 1) {
    sim.die();
    await sim.advance(30_000);
  }
  assert.deepEqual(receiver.heard(), ['opened critical web']);
  await sim.advance(HOUR);
  assert.deepEqual(receiver.heard(), ['opened critical web', 'closed critical web']);
  assert.deepEqual(events(sim), ['objective.burning web', 'objective.steady web']);
});

test('what a service is wanted to be is what counts, and what is not wanted burns nothing', async () => {
  const receiver = new Receiver();
  const sim = await begin(receiver, {}, { objective: { ...NOTHING, uptime: 0.99 } });
  crash(sim, 'web');
  await sim.advance(10 * MINUTE);
  assert.deepEqual(receiver.heard(), [], 'a minute is less than the 518 s that 99 % takes in an hour');
  crash(sim, 'db');
  await sim.advance(10 * MINUTE);
  assert.deepEqual(receiver.heard().slice(0, 1), ['opened critical db']);
  const none = new Receiver();
  const calm = await begin(none, { objective: { ...NOTHING, mttr: 1 } });
  crash(calm, 'web');
  await calm.advance(HOUR);
  assert.deepEqual(none.heard(), []);
});

test('maintenance and what a person stopped burn nothing', async () => {
  const receiver = new Receiver();
  const sim = await begin(receiver);
  const from = sim.daemon!.clock.now().wall;
  const window = { id: 'w', services: ['web'], reason: 'new disk', owner: 'me', from, until: from + HOUR };
  void sim.daemon!.command({ type: 'maintain', window: { ...window, source: 'operator' } });
  await sim.advance(1_000);
  crash(sim, 'web');
  void sim.daemon!.command({ type: 'stop', services: ['db'], now: false, reason: 'asked for' });
  await sim.advance(50 * MINUTE);
  assert.deepEqual(receiver.heard(), []);
});

test('whoever was told that a service gave up hears no second time that this burns its budget', async () => {
  const receiver = new Receiver();
  const { restartPolicy } = servicePlan('web');
  const sim = await begin(receiver, {}, { restartPolicy: { ...restartPolicy, maxAttempts: 1, cooldown: 5 * MINUTE } });
  sim.spawnsFail = 1;
  crash(sim, 'web');
  await sim.advance(12 * MINUTE);
  sim.spawnsFail = 0;
  await sim.advance(5 * HOUR);
  assert.deepEqual(receiver.heard(), ['opened critical web', 'closed critical web']);
  assert.match(receiver.got[0]!.alerts[0].cause, /^failed too often/);
  assert.ok(events(sim).includes('objective.burning web'), 'it is in the journal all the same');
});
