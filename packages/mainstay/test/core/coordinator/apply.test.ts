/** Another plan: only what changed is touched, field by field. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../../src/core/coordinator/index.ts';
import type { HealthcheckPlan, Plan, ServicePlan } from '../../../src/core/plan/index.ts';
import { planOf, servicePlan } from '../../../src/sim/plan.ts';
import { deeds, Driven } from './driven.ts';

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
const APP = servicePlan('app', { healthcheck: HEALTHCHECK, watchdog: 10_000 });
const DB = servicePlan('db');
const LOGGING = { ...APP.logging, maxFiles: 9 };

/** The system runs under one plan and goes over to another. */
function applied(to: Plan, restart: string[] = [], from = planOf([APP, DB])): { driven: Driven; effects: Effect[] } {
  const driven = new Driven(from);
  return { driven, effects: driven.tell({ type: 'apply', plan: to, restart, reason: 'the file changed' }) };
}

/** What is said and done beyond the journal's line about it. */
const kinds = (effects: readonly Effect[]): string[] => effects.map((one) => one.type);

/** What a change of each field does to the running instance, when its service is not restarted for it. */
const FIELDS: readonly [what: string, change: Partial<ServicePlan>, effects: Effect['type'][]][] = [
  ['a command, left for the next start', { command: ['other'] }, []],
  ['an environment, left for the next start', { environment: { A: 'b' } }, []],
  ['a restart policy', { restartPolicy: { ...APP.restartPolicy, delay: 9_000 } }, []],
  ['a grace period', { stopGracePeriod: 1 }, []],
  ['logging', { logging: LOGGING }, ['log-configure']],
  ['a shorter watchdog', { watchdog: 5_000 }, ['arm']],
  ['a limit', { resources: { ...APP.resources, memory: 64 * 1024 ** 2 } }, ['limit']],
  ['a runbook', { runbook: 'docs/x.md' }, []],
];

for (const [what, change, expected] of FIELDS) {
  test(`a change of ${what}`, () => {
    const { driven, effects } = applied(planOf([{ ...APP, ...change }, DB]));
    assert.deepEqual(kinds(effects), [...expected, 'record']);
    assert.deepEqual(driven.lives(), { 'app/0': 'ready 1', 'db/0': 'ready 1' });
    const instance = driven.coordinator.world.instances.get('app/0');
    assert.deepEqual(instance?.plan, { ...APP, ...change }, 'what is decided from now on follows the new plan');
  });
}

test('a healthcheck is changed, taken away and given anew while the service runs', () => {
  const driven = new Driven(planOf([APP]));
  const give = (healthcheck: HealthcheckPlan | null): Effect[] =>
    driven.tell({ type: 'apply', plan: planOf([{ ...APP, healthcheck }]), restart: [], reason: 'x' });
  const health = (): unknown => driven.coordinator.world.instances.get('app/0')?.health;

  give({ ...HEALTHCHECK, interval: 3_000 });
  assert.equal((health() as { settings: { interval: number } }).settings.interval, 3_000);
  assert.ok(kinds(give(null)).includes('cancel-probe'));
  assert.equal(health(), null);
  assert.ok(give(HEALTHCHECK).some((one) => one.type === 'arm' && one.key === 'probe:app/0'));
  assert.deepEqual(driven.lives(), { 'app/0': 'ready 1' });
});

test('what is to be restarted is, and nothing else', () => {
  const { driven, effects } = applied(planOf([{ ...APP, command: ['new'] }, DB]), ['app']);
  assert.deepEqual(deeds(effects), ['signal app/0', 'spawn app/0']);
  assert.deepEqual(driven.lives(), { 'app/0': 'ready 2', 'db/0': 'ready 1' });
  const spawned = effects.find((one) => one.type === 'spawn');
  assert.deepEqual(spawned?.spec.service.command, ['new']);
});

test('what is stopped stays so, whatever changes of it', () => {
  const driven = new Driven(planOf([APP, DB]));
  driven.tell({ type: 'stop', services: ['app'], now: false, reason: 'x' });
  const plan = planOf([{ ...APP, command: ['new'], instances: 2 }, DB]);
  const effects = driven.tell({ type: 'apply', plan, restart: ['app'], reason: 'x' });
  assert.ok(effects.every((one) => one.type !== 'record' || one.event.type !== 'instance.phase'));
  assert.deepEqual(deeds(effects), []);
  assert.deepEqual([driven.phase('app/0'), driven.phase('app/1')], ['stopped', 'stopped']);
});

test('a service more is started, a service less is ended and forgotten', () => {
  const { driven, effects } = applied(planOf([APP, servicePlan('new')]));
  assert.deepEqual(driven.lives(), { 'app/0': 'ready 1', 'new/0': 'ready 1' });
  assert.deepEqual(deeds(effects).toSorted(), ['signal db/0', 'spawn new/0']);
  assert.ok(effects.some((one) => one.type === 'intent' && one.service === 'new' && one.desired === 'running'));
  assert.ok(effects.some((one) => one.type === 'remove' && one.instance === 'db/0'));
  assert.ok(effects.some((one) => one.type === 'log-close' && one.instance === 'db/0'));
});

test('more instances are started beside those that run; of fewer, the last ones go', () => {
  const more = planOf([{ ...DB, instances: 3 }]);
  const { driven, effects } = applied(more, [], planOf([DB]));
  assert.deepEqual(deeds(effects), ['spawn db/1', 'spawn db/2']);
  assert.deepEqual(deeds(driven.tell({ type: 'apply', plan: planOf([DB]), restart: [], reason: 'x' })).toSorted(), [
    'signal db/1',
    'signal db/2',
  ]);
  assert.deepEqual(driven.lives(), { 'db/0': 'ready 1' });
});

test('the same plan again does nothing', () => {
  const { effects } = applied(structuredClone(planOf([APP, DB])), ['app']);
  assert.deepEqual(effects, []);
});

test('dependencies of the new plan count at once', () => {
  const needs = { service: 'db', condition: 'service_started', restart: false, required: true } as const;
  const { driven } = applied(planOf([{ ...APP, dependsOn: [needs] }, DB]));
  driven.tell({ type: 'stop', services: ['db', 'app'], now: false, reason: 'x' });
  assert.deepEqual(driven.coordinator.graph.dependents('db'), ['app']);
  assert.deepEqual(deeds(driven.tell({ type: 'start', services: ['app'], reason: 'x' })), [
    'spawn db/0',
    'spawn app/0',
  ]);
});
