/** One run of a probe, and what somebody asks for now. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckRun } from '@mainstay/protocol';
import { checkTargets } from '../../src/core/check/index.ts';
import { checkNow, NOTHING_KNOWN } from '../../src/daemon/index.ts';
import type { DaemonPorts } from '../../src/daemon/ports.ts';
import { Probes } from '../../src/daemon/probes.ts';
import { startProbe } from '../../src/daemon/probing/index.ts';
import type { Observation, Prober } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
import { checkPlan, planOf, servicePlan, SIM_CHECK } from '../../src/sim/index.ts';
import { createWorld, answered } from './world.ts';

const environment = { values: {}, lookup: () => undefined, asUser: [] };

/** Lets virtual time pass, and what follows from it happen. */
async function pass(clock: VirtualClock, ms: number): Promise<void> {
  const until = clock.mono + ms;
  while (clock.step(until));
  await new Promise(setImmediate);
}

test('a probe that ignores its deadline is given up, and is unknown', async () => {
  const clock = new VirtualClock();
  const signals: AbortSignal[] = [];
  const deaf: Prober = {
    probe: (_kind, _target, { signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    },
  };
  const job = { kind: 'exec', target: {}, timeout: 1_000, workingDirectory: '/', environment };
  const ports = { clock: clock.forDaemon(() => true), prober: deaf };
  const seen: Observation[] = [];
  startProbe(job, NOTHING_KNOWN, ports, (one) => seen.push(one));
  await pass(clock, 900);
  assert.equal(signals[0]?.aborted, false);
  await pass(clock, 1_000);
  assert.equal((signals[0]?.reason as Error | undefined)?.name, 'TimeoutError');
  assert.deepEqual(seen, []);
  await pass(clock, 2_000);
  assert.deepEqual(
    seen.map(({ status, message }) => `${status}: ${message}`),
    ['unknown: exec does not end at its deadline'],
  );
});

test('no more than 32 run at once, and answers stand in the order of the file', async () => {
  let running = 0;
  let most = 0;
  const prober: Prober = {
    probe: async (_kind, { nr }) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return { status: 'pass', message: String(nr), latencyMs: 1 };
    },
  };
  const checks = Array.from({ length: 100 }, (_, nr) => checkPlan(`c${nr}`, { target: { nr } }));
  const ports = {
    clock: new VirtualClock().forDaemon(() => true),
    prober,
    environment: () => environment,
    projectEnvironment: () => environment,
  };
  const targets = checkTargets(planOf([], { checks }));
  const runs = await checkNow(targets, '/', ports, () => NOTHING_KNOWN, new AbortController().signal);
  assert.deepEqual(
    runs.map(({ message }) => Number(message)),
    checks.map((_, nr) => nr),
  );
  assert.equal(most, 32);
});

const limit = { level: 'fail', measure: 'used', unit: 'percent', side: 'above', limit: 5, clear: 5 } as const;
const PLAN = planOf(
  [servicePlan('web', { healthcheck: { ...checkPlan('any', { interval: 60_000 }), onFailure: 'alert' } })],
  {
    checks: [
      checkPlan('queue', {
        kind: SIM_CHECK,
        target: { of: 'queue' },
        interval: 60_000,
        retries: 1,
        thresholds: [limit],
      }),
    ],
  },
);

test('what is asked for now is compared with its limits, and confirms nothing', async () => {
  await using world = await createWorld({ ...PLAN, checks: [{ ...PLAN.checks[0]!, thresholds: [] }] });
  await world.advance(120_000);
  const state = world.daemon.coordinator.world.checks.get('queue')?.state;
  assert.equal(state?.name, 'pass');
  world.sim.checked.set('queue', 'fail');
  const ask = async (...checks: string[]): Promise<CheckRun[]> =>
    JSON.parse((await answered(world, world.ask('POST', '/api/v1/check', { checks }), 1)).body) as CheckRun[];
  const runs = await ask('queue', 'web/0');
  assert.deepEqual(
    runs.map(({ name, service, status }) => [name, service, status]),
    [
      ['queue', null, 'fail'],
      ['web', 'web', 'pass'],
    ],
  );
  assert.equal(world.daemon.coordinator.world.checks.get('queue')?.state, state);
});

test('thresholds count, and a name that nobody knows is an error', async () => {
  await using world = await createWorld(PLAN);
  await world.advance(1_000);
  const { body } = await answered(world, world.ask('POST', '/api/v1/check', { checks: ['queue'] }), 1);
  const [run] = JSON.parse(body) as CheckRun[];
  assert.equal(run?.status, 'fail');
  assert.match(run?.message ?? '', /used 10% \(fail above 5%\)$/);
  assert.deepEqual(run?.thresholds, [{ level: 'fail', measure: 'used', side: 'above', limit: 5 }]);
  const unknown = await world.ask('POST', '/api/v1/check', { checks: ['nobody'] });
  assert.deepEqual([unknown.status, /unknown-check/.test(unknown.body)], [404, true]);
});

test('a limit of a healthcheck that is exceeded stays so until it is clear, and not into another incarnation', async () => {
  const slow = { level: 'fail', measure: 'latency', unit: 'seconds', side: 'above', limit: 2, clear: 1 } as const;
  const healthcheck = { ...checkPlan('any', { thresholds: [slow] }), onFailure: 'alert' as const };
  await using world = await createWorld(planOf([servicePlan('web', { healthcheck })]));
  const instance = world.daemon.coordinator.world.instances.get('web/0');
  assert.ok(instance !== undefined);
  const latencies = [1_500, 2_500, 1_500, 1_500];
  const ports = {
    clock: new VirtualClock().forDaemon(() => true),
    prober: { probe: () => Promise.resolve({ status: 'pass', message: '', latencyMs: latencies.shift() }) },
    environment: () => environment,
    checksLog: { write: () => {} },
  } as unknown as DaemonPorts;
  const seen: string[] = [];
  const sampled: string[] = [];
  const probes = new Probes(
    ports,
    () => world.daemon.coordinator.world,
    (event) => seen.push(event.type === 'observed' ? event.status : event.type),
    (subject, _, status) => sampled.push(`${subject} ${status}`),
  );
  for (const incarnation of [1, 1, 1, 2]) {
    probes.run(instance, incarnation, 1);
    await new Promise(setImmediate);
  }
  assert.deepEqual(seen, ['pass', 'fail', 'fail', 'pass']);
  assert.deepEqual(
    sampled,
    seen.map((status) => `service:web ${status}`),
  );
});
