/** Checks of their own in a daemon: what is shown of them, and what another daemon knows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckStatus, Explanation, StatusReport } from '@mainstay/protocol';
import { completePlan, type HealthcheckPlan, type Plan } from '../../src/core/plan/index.ts';
import { checkPlan, planOf, servicePlan, SIM_CHECK } from '../../src/sim/index.ts';
import { createWorld, type World } from './world.ts';

const check = (name: string, dependsOn: string[] = []) =>
  checkPlan(name, { kind: SIM_CHECK, target: { of: name }, interval: 1_000, retries: 2, dependsOn });
const healthcheck: HealthcheckPlan = {
  kind: 'exec',
  target: {},
  interval: 1_000,
  timeout: 500,
  retries: 1,
  successes: 1,
  startPeriod: 10_000,
  startInterval: 100,
  thresholds: [],
  onFailure: 'alert',
};
const PLAN = planOf([servicePlan('web', { healthcheck })], { checks: [check('site', ['web']), check('queue')] });

async function checks(world: World): Promise<CheckStatus[]> {
  const { body } = await world.ask('GET', '/status');
  return (JSON.parse(body) as StatusReport).checks;
}

const explain = async (world: World, name: string): Promise<Explanation> =>
  JSON.parse((await world.ask('GET', `/api/v1/explain/${name}`)).body) as Explanation;

test('status shows healthchecks and checks, in the documented shape', async () => {
  await using world = await createWorld(PLAN);
  await world.advance(10_000);
  const [health, site, queue] = await checks(world);
  assert.deepEqual(Object.keys(site ?? {}), [
    'name',
    'service',
    'kind',
    'status',
    'since',
    'message',
    'suppressed',
    'flapping',
  ]);
  assert.deepEqual(Object.keys(health ?? {}), Object.keys(site ?? {}));
  assert.deepEqual([health?.name, health?.service, health?.status], ['web', 'web', 'pass']);
  assert.deepEqual([site?.name, site?.service, site?.kind, site?.status], ['site', null, SIM_CHECK, 'pass']);
  assert.equal(queue?.status, 'pass');
});

test('what is suppressed says why, and explain says the rest', async () => {
  await using world = await createWorld(PLAN);
  await world.advance(10_000);
  world.daemon.post({ type: 'stop', services: ['web'], now: true, reason: 'test' });
  await world.advance(5_000);
  const site = (await checks(world)).find(({ name }) => name === 'site');
  assert.deepEqual([site?.status, site?.suppressed], ['unknown', true]);
  assert.equal(site?.message, 'web was stopped by the operator');
  const { instances, check: why } = await explain(world, 'site');
  assert.deepEqual(instances, []);
  assert.equal(why?.summary, 'site is not checked: web was stopped by the operator');
  assert.deepEqual(why?.advice, ['mainstay explain web']);
  assert.ok(why?.facts.includes('depends on web: stopped'));
  assert.deepEqual(
    why?.events.map(({ message }) => message),
    ['site: pass: pass', 'site is not checked: web was stopped by the operator'],
  );
});

test('explain says how far a failure is from being one', async () => {
  await using world = await createWorld(planOf([], { checks: [{ ...check('queue'), retries: 100 }] }));
  await world.advance(5_000);
  world.sim.checked.set('queue', 'fail');
  await world.advance(5_000);
  const { check: why } = await explain(world, 'queue');
  assert.equal(why?.status, 'pass');
  assert.ok(
    why?.facts.some((fact) => /^last result: fail, \d+ s ago: fail$/.test(fact)),
    why?.facts.join('\n'),
  );
  assert.ok(why?.facts.some((fact) => /^[345] of 100 failures that confirm one$/.test(fact)));
  assert.ok(why?.facts.some((fact) => fact.startsWith('not good since 20')));
});

test('a state survives the daemon', async () => {
  await using world = await createWorld(PLAN);
  await world.advance(5_000);
  world.sim.checked.set('queue', 'fail');
  await world.advance(10_000);
  const before = world.daemon.coordinator.world.checks.get('queue')?.state;
  assert.equal(before?.name, 'fail');
  world.sim.die(100);
  await world.advance(200);
  const after = world.sim.daemon?.coordinator.world.checks.get('queue')?.state;
  assert.notEqual(world.sim.daemon, world.daemon);
  assert.deepEqual([after?.name, after?.since], ['fail', before?.since]);
  world.sim.checked.set('queue', 'pass');
  await world.advance(10_000);
  assert.equal(world.sim.daemon?.coordinator.world.checks.get('queue')?.state.name, 'pass');
});

test('a plan of a version that knew no checks has none', () => {
  const { checks: _checks, sampling: _sampling, ...older } = PLAN;
  const plan = completePlan(older as Plan);
  assert.deepEqual([plan.checks, plan.sampling], [[], true]);
  assert.deepEqual(completePlan(PLAN), PLAN);
});

test('a healthcheck of a version that knew no thresholds has none', () => {
  const { thresholds: _thresholds, ...older } = healthcheck;
  const plan = planOf([servicePlan('web', { healthcheck: older as HealthcheckPlan }), servicePlan('db')]);
  assert.deepEqual(completePlan(plan).services[0]?.healthcheck, healthcheck);
  assert.deepEqual(completePlan(plan).services[1], plan.services[1]);
});

test('limits hold for a healthcheck', async () => {
  const limit = { level: 'fail', measure: 'latency', unit: 'seconds', side: 'above' } as const;
  // Simulated healthchecks take a millisecond.
  const slow = { ...limit, limit: 0.0005, clear: 0.0005 };
  await using world = await createWorld(
    planOf([servicePlan('web', { healthcheck: { ...healthcheck, startPeriod: 0, thresholds: [slow] } })]),
  );
  await world.advance(5_000);
  const [health] = await checks(world);
  assert.deepEqual([health?.status, health?.message], ['fail', 'ok; latency 0.001 s (fail above 0.0005 s)']);
  assert.equal(world.daemon.coordinator.world.instances.get('web/0')?.health?.mode, 'unhealthy');
});
