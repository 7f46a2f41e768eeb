/** Checks of their own, in the company of services and of each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect, StoredCheck } from '../../../src/core/coordinator/index.ts';
import type { CheckPlan } from '../../../src/core/plan/index.ts';
import { checkPlan, planOf, servicePlan } from '../../../src/sim/index.ts';
import { Driven } from './driven.ts';

const SOON: Partial<CheckPlan> = { retries: 1, successes: 1 };

function driven(checks: CheckPlan[], stored: StoredCheck[] = []): Driven {
  const nginx = servicePlan('nginx');
  return new Driven(planOf([nginx], { checks }), { checks: stored });
}

/** The run that is due sees something. */
function see(world: Driven, check: string, status: 'pass' | 'warn' | 'fail' | 'unknown', data = {}): Effect[] {
  const run = world.coordinator.world.checks.get(check)?.state.run ?? 0;
  world.now = { mono: world.now.mono + 1_000, wall: world.now.wall + 1_000 };
  return world.tell({ type: 'check-observed', check, run, status, message: `${status}!`, latencyMs: 12, data });
}

const names = (world: Driven): Record<string, string> =>
  Object.fromEntries([...world.coordinator.world.checks].map(([name, { state }]) => [name, state.name]));
const told = (effects: readonly Effect[]): string[] =>
  effects.flatMap((one) => (one.type === 'record' && one.event.type.startsWith('check.') ? [one.event.message] : []));

test('checks begin with the daemon, each at its own moment', () => {
  const world = driven([checkPlan('a'), checkPlan('b')]);
  const armed = world.booted.filter((one) => one.type === 'arm' && one.key.startsWith('check:'));
  assert.equal(armed.length, 2);
  assert.notEqual(...(armed.map((one) => one.type === 'arm' && one.afterMs) as [number, number]));
  assert.deepEqual(names(world), { a: 'pending', b: 'pending' });
});

test('a timer leads to a run, and its result to one line, a state and a stored row', () => {
  const world = driven([checkPlan('disk', SOON)]);
  const run = world.coordinator.world.checks.get('disk')?.state.run;
  assert.deepEqual(
    world.tell({ type: 'timer', key: 'check:disk', due: world.now.mono }).filter(({ type }) => type === 'run-check'),
    [{ type: 'run-check', check: 'disk', run }],
  );
  const effects = see(world, 'disk', 'fail');
  assert.deepEqual(told(effects), ['disk: fail: fail!']);
  assert.ok(effects.some(({ type }) => type === 'checked'));
  assert.ok(effects.some(({ type }) => type === 'save-check'));
  assert.ok(!see(world, 'disk', 'fail').some(({ type }) => type === 'save-check'), 'nothing new is stored');
});

test('an answer of an older run, or of a check that is gone, is nothing', () => {
  const world = driven([checkPlan('disk', SOON)]);
  const late = { type: 'check-observed', status: 'fail', message: 'm', latencyMs: 1 } as const;
  assert.deepEqual(world.tell({ ...late, check: 'disk', run: 0 }), []);
  assert.deepEqual(world.tell({ ...late, check: 'other', run: 1 }), []);
});

test('thresholds have a memory', () => {
  const limit = { measure: 'used', unit: 'percent', side: 'above', limit: 80, clear: 75 } as const;
  const world = driven([checkPlan('disk', { ...SOON, thresholds: [{ level: 'warn', ...limit }] })]);
  const seen = [78, 81, 78, 74].map((used) => {
    see(world, 'disk', 'pass', { used });
    return names(world)['disk'];
  });
  assert.deepEqual(seen, ['pass', 'warn', 'warn', 'pass']);
});

test('while a service is down what depends on it says nothing, and what depends on that neither', () => {
  const site = checkPlan('site', { ...SOON, dependsOn: ['nginx'] });
  const world = driven([site, checkPlan('api', { ...SOON, dependsOn: ['site'] }), checkPlan('other', SOON)]);
  for (const name of ['site', 'api', 'other']) see(world, name, 'pass');
  const effects = world.end('nginx/0', 1);
  assert.deepEqual(names(world), { site: 'idle', api: 'idle', other: 'pass' });
  assert.deepEqual(told(effects), [
    'site is not checked: nginx is backoff',
    'api is not checked: site is not checked: nginx is backoff',
  ]);
  assert.deepEqual(
    effects.flatMap((one) => (one.type === 'cancel-check' ? [one.check] : [])),
    ['site', 'api'],
  );
  assert.deepEqual(world.tell({ type: 'timer', key: 'check:site', due: world.now.mono }), []);
  world.tell({ type: 'restart', services: ['nginx'], reason: 'test' });
  assert.deepEqual(names(world), { site: 'pending', api: 'pending', other: 'pass' });
});

test('a check that has failed holds those that depend on it; a warning or an unknown does not', () => {
  const world = driven([checkPlan('dns', SOON), checkPlan('site', { ...SOON, dependsOn: ['dns'] })]);
  for (const status of ['warn', 'unknown', 'pass'] as const) {
    see(world, 'dns', status);
    assert.notEqual(names(world)['site'], 'idle', status);
  }
  see(world, 'dns', 'fail');
  assert.equal(names(world)['site'], 'idle');
  see(world, 'dns', 'pass');
  assert.equal(names(world)['site'], 'pending');
});

test('a failure does not count while that of a dependency is being confirmed', () => {
  const world = driven([checkPlan('dns', { retries: 3 }), checkPlan('site', { ...SOON, dependsOn: ['dns'] })]);
  see(world, 'site', 'pass');
  see(world, 'dns', 'fail');
  see(world, 'site', 'fail');
  assert.equal(names(world)['site'], 'unknown');
  assert.equal(world.coordinator.world.checks.get('site')?.last?.message, 'fail! (not counted: dns may be down)');
});

test('an operator who stops a service is not told that it is down', () => {
  const world = driven([checkPlan('site', { ...SOON, dependsOn: ['nginx'] })]);
  see(world, 'site', 'pass');
  const effects = world.tell({ type: 'stop', services: ['nginx'], now: false, reason: 'operator' });
  assert.deepEqual(told(effects), ['site is not checked: nginx was stopped by the operator']);
});

test('everything ends with an orderly end', () => {
  const world = driven([checkPlan('disk', SOON)]);
  see(world, 'disk', 'pass');
  world.tell({ type: 'down', now: false, reason: 'down' });
  assert.deepEqual(names(world), { disk: 'idle' });
});

test('another daemon goes on from what was confirmed, and counts anew', () => {
  const first = driven([checkPlan('disk', { retries: 2, successes: 1 })]);
  see(first, 'disk', 'fail');
  see(first, 'disk', 'fail');
  see(first, 'disk', 'fail');
  const { state, over, last } = first.coordinator.world.checks.get('disk')!;
  const stored = JSON.parse(JSON.stringify({ name: 'disk', state, over, last })) as StoredCheck;
  const second = driven([checkPlan('disk', { retries: 2, successes: 1 })], [stored, { ...stored, name: 'gone' }]);
  assert.deepEqual(names(second), { disk: 'fail' });
  assert.deepEqual(second.coordinator.world.checks.get('disk')?.state.since, state.since);
  assert.deepEqual(told(second.booted), []);
  assert.ok(second.booted.some((one) => one.type === 'drop-check' && one.check === 'gone'));
  see(second, 'disk', 'pass');
  assert.deepEqual(names(second), { disk: 'pass' });
});

test('time that nobody observed is neither up nor down', () => {
  for (const event of [
    { type: 'gap', ms: 3_600_000 },
    { type: 'clock-stepped', byMs: 3_600_000 },
  ] as const) {
    const world = driven([checkPlan('disk', { retries: 2, successes: 1 })]);
    see(world, 'disk', 'pass');
    see(world, 'disk', 'fail');
    assert.deepEqual(told(world.tell(event)), []);
    see(world, 'disk', 'fail');
    assert.deepEqual(names(world), { disk: 'pass' }, 'one failure since');
  }
});

test('another plan: new ones begin, old ones go, others go on', () => {
  const world = driven([checkPlan('kept', SOON), checkPlan('gone', SOON), checkPlan('changed', SOON)]);
  for (const name of ['kept', 'gone', 'changed']) see(world, name, 'fail');
  const plan = planOf([servicePlan('nginx')], {
    checks: [checkPlan('new', SOON), checkPlan('changed', { ...SOON, interval: 1_000 }), checkPlan('kept', SOON)],
  });
  const before = world.coordinator.world.checks.get('kept')?.state;
  const effects = world.tell({ type: 'apply', plan, restart: [], reason: 'test' });
  assert.deepEqual(names(world), { new: 'pending', changed: 'fail', kept: 'fail' });
  assert.equal(world.coordinator.world.checks.get('kept')?.state, before);
  assert.ok(effects.some((one) => one.type === 'drop-check' && one.check === 'gone'));
  assert.ok(effects.some((one) => one.type === 'cancel-check' && one.check === 'changed'));
});
