/** What an operator, or a schedule, asks for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Window } from '../../../src/core/maintenance/index.ts';
import type { DependencyPlan } from '../../../src/core/plan/index.ts';
import { planOf, servicePlan } from '../../../src/sim/plan.ts';
import { deeds, Driven } from './driven.ts';

const on = (service: string, more: Partial<DependencyPlan> = {}): DependencyPlan => ({
  service,
  condition: 'service_started',
  restart: false,
  required: true,
  ...more,
});

/** `web` follows restarts of `app`; `app` and `tool` need `db`, and do not. */
const SYSTEM = planOf([
  servicePlan('db'),
  servicePlan('app', { dependsOn: [on('db')] }),
  servicePlan('web', { dependsOn: [on('app', { restart: true })] }),
  servicePlan('tool', { dependsOn: [on('db')] }),
]);
const reason = 'asked';

function stopped(...services: string[]): Driven {
  const driven = new Driven(SYSTEM);
  driven.tell({ type: 'stop', services, now: false, reason });
  return driven;
}

test('a start brings what is needed, and nothing else', () => {
  const driven = stopped();
  assert.deepEqual(new Set(Object.values(driven.lives())), new Set(['stopped 1']));
  assert.deepEqual(deeds(driven.tell({ type: 'start', services: ['app'], reason })), ['spawn db/0', 'spawn app/0']);
  const { services } = driven.coordinator.world;
  assert.deepEqual(
    [...services].map(([name, { desired }]) => `${name} ${desired}`),
    ['db running', 'app running', 'web stopped', 'tool stopped'],
  );
});

test('a start of what runs changes nothing', () => {
  assert.deepEqual(deeds(new Driven(SYSTEM).tell({ type: 'start', services: [], reason })), []);
});

test('a task that is done stays done when what needs it is started', () => {
  const driven = new Driven(
    planOf([
      servicePlan('migrate', { type: 'task' }),
      servicePlan('app', { dependsOn: [on('migrate', { condition: 'service_completed_successfully' })] }),
    ]),
  );
  driven.end('migrate/0', 0);
  assert.deepEqual(driven.lives(), { 'migrate/0': 'completed 1', 'app/0': 'ready 1' });
  driven.tell({ type: 'stop', services: ['app'], now: false, reason });
  assert.deepEqual(deeds(driven.tell({ type: 'start', services: ['app'], reason })), ['spawn app/0']);
});

test('a stop ends dependents that are to be stopped first, and leaves the others', () => {
  const driven = new Driven(SYSTEM);
  assert.deepEqual(deeds(driven.tell({ type: 'stop', services: ['app', 'web'], now: false, reason })), [
    'signal web/0',
    'signal app/0',
  ]);
  assert.deepEqual([driven.phase('db/0'), driven.phase('tool/0')], ['ready', 'ready']);
  assert.deepEqual(deeds(driven.tell({ type: 'stop', services: ['db'], now: false, reason })), ['signal db/0']);
  assert.equal(driven.phase('tool/0'), 'ready', 'what runs without it runs on');
});

test('what leaves the plan goes before what it needed', () => {
  const driven = new Driven(SYSTEM);
  const { coordinator, now } = driven;
  const [db, app] = SYSTEM.services;
  assert.ok(db !== undefined && app !== undefined);
  // Nothing answers for a while: what is asked to end lives on.
  const smaller = planOf([db]);
  assert.deepEqual(
    deeds(coordinator.handle({ type: 'apply', plan: smaller, restart: [], reason }, now)).sort(),
    ['signal tool/0', 'signal web/0'],
    'app waits for web',
  );
  assert.deepEqual(deeds(coordinator.handle({ type: 'down', now: false, reason }, now)), [], 'db waits for app');
  driven.end('tool/0', 0);
  assert.deepEqual(deeds(driven.end('web/0', 0)), ['signal app/0', 'signal db/0']);
});

test('what leaves the plan and cannot be killed is waited for by nobody', () => {
  const driven = new Driven(planOf([servicePlan('db'), servicePlan('app', { dependsOn: [on('db')] })]));
  const { coordinator, now } = driven;
  coordinator.handle({ type: 'apply', plan: planOf([servicePlan('db')]), restart: [], reason }, now);
  assert.deepEqual(deeds(coordinator.handle({ type: 'down', now: false, reason }, now)), []);
  const app = coordinator.world.instances.get('app/0');
  assert.ok(app !== undefined);
  const rung = (): string[] => {
    const { seq, due } = app.life.timer ?? { seq: 0, due: 0 };
    return deeds(coordinator.handle({ type: 'timer', key: `life:app/0:${seq}`, due }, { ...now, mono: due }));
  };
  assert.deepEqual(rung(), ['kill app/0']);
  assert.deepEqual(rung(), ['signal db/0']);
});

test('a stop at once kills, and waits for nobody', () => {
  const effects = new Driven(SYSTEM).tell({ type: 'stop', services: ['db', 'app'], now: true, reason });
  assert.deepEqual(deeds(effects), ['kill db/0', 'kill app/0']);
});

test('what an operator stopped is not restarted by itself', () => {
  const driven = stopped('tool');
  driven.tell({ type: 'timer', key: 'budget', due: driven.now.mono });
  assert.equal(driven.phase('tool/0'), 'stopped');
});

test('a restart takes along what follows it, and only that', () => {
  const driven = new Driven(SYSTEM);
  driven.tell({ type: 'restart', services: ['app'], reason });
  assert.deepEqual(driven.lives(), { 'db/0': 'ready 1', 'app/0': 'ready 2', 'web/0': 'ready 2', 'tool/0': 'ready 1' });
  driven.tell({ type: 'restart', services: ['db'], reason });
  assert.deepEqual(driven.lives(), { 'db/0': 'ready 2', 'app/0': 'ready 2', 'web/0': 'ready 2', 'tool/0': 'ready 1' });
});

test('a restart of what is stopped starts it, with what it needs', () => {
  const driven = stopped();
  driven.tell({ type: 'restart', services: ['app'], reason });
  assert.deepEqual(
    [driven.phase('db/0'), driven.phase('app/0'), driven.phase('tool/0')],
    ['ready', 'ready', 'stopped'],
  );
});

test('one instance of several is restarted alone', () => {
  const driven = new Driven(planOf([servicePlan('app', { instances: 2 })]));
  driven.tell({ type: 'restart', services: ['app/1'], reason });
  assert.deepEqual(driven.lives(), { 'app/0': 'ready 1', 'app/1': 'ready 2' });
});

test('a planned restart leaves what is stopped alone, and what is on its way', () => {
  const driven = stopped('app', 'web');
  const planned = (services: string[]): string[] =>
    deeds(driven.tell({ type: 'restart', services, reason: 'schedule', planned: true }));
  assert.deepEqual(planned(['app']), [], 'nor does it restart everything else');
  assert.equal(driven.coordinator.world.services.get('app')?.desired, 'stopped');
  driven.end('tool/0', 1);
  assert.equal(driven.phase('tool/0'), 'backoff');
  assert.deepEqual(planned(['tool']), []);
  assert.equal(driven.phase('tool/0'), 'backoff', 'its failures are not forgiven');
  assert.deepEqual(planned(['db']), ['signal db/0', 'spawn db/0']);
});

test('the end of everything is told once, when nothing runs any more', () => {
  const driven = new Driven(SYSTEM);
  const effects = driven.tell({ type: 'down', now: false, reason });
  const order = deeds(effects);
  assert.ok(order.indexOf('signal web/0') < order.indexOf('signal app/0'));
  assert.ok(order.indexOf('signal app/0') < order.indexOf('signal db/0'));
  assert.equal(effects.filter((one) => one.type === 'all-down').length, 1);
  assert.equal(effects.at(-1)?.type, 'all-down');
  assert.ok(driven.tell({ type: 'down', now: true, reason }).every((one) => one.type !== 'all-down'));
});

test('maintenance is kept, told once, and nothing is restarted until it ends', () => {
  const driven = new Driven(SYSTEM);
  const { wall } = driven.now;
  const window: Window = {
    id: 'w',
    services: ['tool'],
    reason: 'disk',
    owner: 'ann',
    from: wall,
    until: wall + 60_000,
    source: 'operator',
  };
  const begun = driven.tell({ type: 'maintain', window });
  assert.ok(begun.some((one) => one.type === 'save-window'));
  assert.deepEqual(driven.tell({ type: 'maintain', window }), [], 'the same again is nothing new');
  assert.deepEqual(deeds(driven.end('tool/0', 1)), []);
  assert.equal(driven.phase('tool/0'), 'waiting');
  const ended = driven.tell({ type: 'end-maintenance', id: 'w' });
  assert.ok(ended.some((one) => one.type === 'drop-window' && one.id === 'w'));
  assert.deepEqual(deeds(ended), ['spawn tool/0']);
});
