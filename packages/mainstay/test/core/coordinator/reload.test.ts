/** A rolling reload in the coordinator: who is replaced when, by which plan, and what happens when one does not stand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceId } from '@mainstay/protocol';
import type { CoordinatorEvent, Effect } from '../../../src/core/coordinator/index.ts';
import { PROVEN_MS } from '../../../src/core/rolling/index.ts';
import type { ServicePlan } from '../../../src/core/plan/index.ts';
import { planOf, servicePlan } from '../../../src/sim/plan.ts';
import { deeds, Driven } from './driven.ts';

const notify = { ready: { by: 'notify', timeout: 60_000 } } as const;
const OLD = servicePlan('web', { instances: 3, ...notify });
const NEW = servicePlan('web', { instances: 3, command: ['new'], ...notify });
const reason = 'asked';

class Reloading extends Driven {
  constructor(services: ServicePlan[] = [OLD]) {
    super(planOf(services));
    for (const id of this.coordinator.world.instances.keys()) this.ready(id);
  }

  ready(instance: InstanceId): Effect[] {
    const incarnation = this.coordinator.world.instances.get(instance)?.life.incarnation ?? 0;
    return this.tell({ type: 'notified', instance, incarnation, field: 'READY', value: '1' });
  }

  reload(...services: ServicePlan[]): Effect[] {
    return this.tell({ type: 'reload', services, reason });
  }

  /** A timer rings in time. */
  later(ms: number, { key }: { type: 'timer'; key: string }): Effect[] {
    this.now = { mono: this.now.mono + ms, wall: this.now.wall + ms };
    return this.tell({ type: 'timer', key, due: this.now.mono });
  }

  /** `old`, `new` of each instance. */
  plans(): string[] {
    return [...this.coordinator.world.instances.values()].map(({ plan }) =>
      plan.command[0] === 'new' ? 'new' : 'old',
    );
  }
}

const said = (effects: readonly Effect[]): string[] =>
  effects.flatMap((one) => (one.type === 'record' && one.event.type.startsWith('reload.') ? [one.event.message] : []));
const spawned = (effects: readonly Effect[]): string[] =>
  effects.flatMap((one) => (one.type === 'spawn' ? [`${one.spec.instance} ${one.spec.service.command[0]}`] : []));

test('instances are replaced one by one, each when the one before is ready', () => {
  const driven = new Reloading();
  assert.deepEqual(deeds(driven.reload(NEW)), ['signal web/0', 'spawn web/0']);
  assert.deepEqual(driven.plans(), ['new', 'old', 'old']);
  assert.deepEqual(deeds(driven.ready('web/0')), ['signal web/1', 'spawn web/1']);
  assert.deepEqual(deeds(driven.ready('web/1')), ['signal web/2', 'spawn web/2']);
  const last = driven.ready('web/2');
  assert.deepEqual(said(last), ['web/2: stands', 'web: reloaded']);
  assert.equal(driven.coordinator.world.plan.services[0]?.command[0], 'new');
  assert.equal(driven.coordinator.world.rolls.size, 0);
  assert.ok(last.some((one) => one.type === 'keep-plan'));
});

test('nothing is done before the reload is on the disk', () => {
  const driven = new Reloading();
  const effects = driven.coordinator.handle({ type: 'reload', services: [NEW], reason }, driven.now);
  assert.deepEqual(deeds(effects), []);
  assert.ok(effects.some((one) => one.type === 'save-rolls' && one.confirm === 1));
});

test('one that ends before it is ready goes back, and so do those before it, one by one', () => {
  const driven = new Reloading();
  driven.reload(NEW);
  driven.ready('web/0');
  const effects = driven.end('web/1', 1);
  assert.deepEqual(spawned(effects), ['web/1 web']);
  assert.deepEqual(driven.plans(), ['new', 'old', 'old']);
  assert.deepEqual(spawned(driven.ready('web/1')), ['web/0 web']);
  const last = driven.ready('web/0');
  assert.deepEqual(said(last), [
    'web/0: stands under the old plan again',
    'web: reload rolled back; the old plan stays: exit code 1',
  ]);
  assert.deepEqual(driven.plans(), ['old', 'old', 'old']);
  assert.equal(driven.coordinator.world.plan.services[0]?.command[0], 'web');
  assert.deepEqual(driven.coordinator.world.budget, [], 'a rollback is asked for');
});

test('one that does not get ready in time goes back', () => {
  const driven = new Reloading();
  driven.reload(NEW);
  const { seq } = driven.coordinator.world.instances.get('web/0')?.life.timer ?? { seq: 0 };
  const effects = driven.later(60_000, { type: 'timer', key: `life:web/0:${seq}` });
  assert.deepEqual(deeds(effects), ['signal web/0', 'spawn web/0']);
  assert.deepEqual(spawned(effects), ['web/0 web']);
});

test('one that cannot be spawned goes back', () => {
  const driven = new Reloading();
  const { coordinator, now } = driven;
  coordinator.handle({ type: 'reload', services: [NEW], reason }, now);
  coordinator.handle({ type: 'rolls-stored', seq: 1 }, now);
  const exit = { code: 0, signal: null, known: true };
  coordinator.handle({ type: 'exited', instance: 'web/0', incarnation: 1, exit, remaining: 0 }, now);
  const failure = { reason: 'missing-program', message: 'cannot start web: no such program', hint: null };
  const effects = driven.tell({ type: 'spawn-failed', instance: 'web/0', incarnation: 2, failure });
  assert.deepEqual(spawned(effects), ['web/0 web']);
  assert.match(said(effects)[0] ?? '', /no such program/);
});

test('a service whose delay between restarts is none goes back just the same', () => {
  const restartPolicy = { ...OLD.restartPolicy, delay: 0, jitter: 0 };
  const driven = new Reloading([{ ...OLD, restartPolicy }]);
  driven.reload({ ...NEW, restartPolicy });
  assert.deepEqual(spawned(driven.end('web/0', 1)), ['web/0 web']);
});

test('an instance that is not replaced yet comes back with the old plan when it crashes, and is then the next', () => {
  const driven = new Reloading();
  driven.reload(NEW);
  driven.end('web/2', 1);
  const { seq } = driven.coordinator.world.instances.get('web/2')?.life.timer ?? { seq: 0 };
  assert.deepEqual(spawned(driven.later(1_000, { type: 'timer', key: `life:web/2:${seq}` })), ['web/2 web']);
  assert.deepEqual(spawned(driven.ready('web/0')), ['web/2 new'], 'it is down anyway');
});

test('none is taken down while one that was replaced is down', () => {
  const driven = new Reloading();
  driven.reload(NEW);
  driven.ready('web/0');
  driven.end('web/0', 1);
  assert.deepEqual(deeds(driven.ready('web/1')), []);
  const { seq } = driven.coordinator.world.instances.get('web/0')?.life.timer ?? { seq: 0 };
  assert.deepEqual(spawned(driven.later(1_000, { type: 'timer', key: `life:web/0:${seq}` })), ['web/0 new']);
  assert.deepEqual(deeds(driven.ready('web/0')), ['signal web/2', 'spawn web/2']);
});

test('one that stood, falls and does not come back is a failure', () => {
  const driven = new Reloading();
  driven.reload(NEW);
  driven.ready('web/0');
  driven.end('web/0', 1);
  driven.ready('web/1');
  const effects = driven.later(110_000, { type: 'timer', key: 'roll:web' });
  assert.match(said(effects)[0] ?? '', /^web\/0: does not stand: it stood, and is backoff now/);
  assert.deepEqual(spawned(effects), ['web/0 web']);
});

test('with an unchanged plan a failure stops the restart, and the rest is left alone', () => {
  const driven = new Reloading();
  driven.reload(OLD);
  const effects = driven.end('web/0', 1);
  assert.deepEqual(said(effects), [
    'web/0: does not stand: exit code 1',
    'web: restart stopped; the rest was left alone: exit code 1',
  ]);
  assert.deepEqual(driven.lives(), { 'web/0': 'backoff 2', 'web/1': 'ready 1', 'web/2': 'ready 1' });
});

test('what is ready by being started must live for a moment', () => {
  const old = servicePlan('web', { instances: 2 });
  const driven = new Reloading([old]);
  const effects = driven.reload({ ...old, command: ['new'] });
  assert.deepEqual(deeds(effects), ['signal web/0', 'spawn web/0']);
  assert.ok(effects.some((one) => one.type === 'arm' && one.key === 'roll:web' && one.afterMs === PROVEN_MS));
  assert.deepEqual(deeds(driven.later(PROVEN_MS - 1, { type: 'timer', key: 'roll:web' })), []);
  assert.deepEqual(deeds(driven.later(1, { type: 'timer', key: 'roll:web' })), ['signal web/1', 'spawn web/1']);
});

test('what proved itself while nobody observed did not prove itself', () => {
  const old = servicePlan('web', { instances: 2 });
  const driven = new Reloading([old]);
  driven.reload({ ...old, command: ['new'] });
  driven.now = { mono: driven.now.mono + 30_000, wall: driven.now.wall + 30_000 };
  assert.deepEqual(deeds(driven.tell({ type: 'gap', ms: 30_000 })), []);
  assert.deepEqual(spawned(driven.end('web/0', 1)), ['web/0 web'], 'its end is heard a moment later');
});

test('a stop and an orderly end cancel it', () => {
  const ends: CoordinatorEvent[] = [
    { type: 'stop', services: ['web'], now: false, reason },
    { type: 'down', now: false, reason },
  ];
  for (const given of ends) {
    const driven = new Reloading();
    driven.reload(NEW);
    driven.ready('web/0');
    const effects = driven.tell(given);
    assert.equal(said(effects).length, 1);
    assert.match(said(effects)[0] ?? '', /^web: reload cancelled; the old plan stays/);
    assert.deepEqual(new Set(Object.values(driven.lives()).map((one) => one.split(' ')[0])), new Set(['stopped']));
    assert.deepEqual(driven.plans(), ['old', 'old', 'old']);
  }
});

test('maintenance does not keep a reload from being judged', () => {
  const driven = new Reloading();
  driven.reload(NEW);
  const { mono, wall } = driven.now;
  const window = {
    id: 'w',
    services: [],
    reason: 'r',
    owner: 'o',
    from: wall,
    until: wall + 9e6,
    source: 'operator' as const,
  };
  driven.tell({ type: 'maintain', window });
  const { seq } = driven.coordinator.world.instances.get('web/0')?.life.timer ?? { seq: 0 };
  assert.deepEqual(spawned(driven.later(60_000, { type: 'timer', key: `life:web/0:${seq}` })), ['web/0 web']);
  assert.ok(driven.now.mono > mono);
});

test('several services go one after another, and none is begun behind one that failed', () => {
  const db = servicePlan('db', notify);
  const app = servicePlan('app', {
    ...notify,
    dependsOn: [{ service: 'db', condition: 'service_started', restart: false, required: true }],
  });
  const driven = new Reloading([db, app]);
  assert.deepEqual(deeds(driven.reload({ ...app, command: ['new'] }, { ...db, command: ['new'] })), [
    'signal db/0',
    'spawn db/0',
  ]);
  driven.end('db/0', 1);
  const effects = driven.ready('db/0');
  assert.deepEqual(said(effects).slice(1), [
    'db: reload rolled back; the old plan stays: exit code 1',
    'app: reload cancelled; the old plan stays: db could not be reloaded',
  ]);
  assert.deepEqual(driven.lives(), { 'db/0': 'ready 3', 'app/0': 'ready 1' });
});

test('dependents with restart: true follow when it is over, the others do not', () => {
  const on = (restart: boolean): Partial<ServicePlan> => ({
    dependsOn: [{ service: 'web', condition: 'service_started', restart, required: true }],
  });
  const driven = new Reloading([servicePlan('web', notify), servicePlan('a', on(true)), servicePlan('b', on(false))]);
  assert.deepEqual(deeds(driven.reload(servicePlan('web', { ...notify, command: ['new'] }))), [
    'signal web/0',
    'spawn web/0',
  ]);
  assert.deepEqual(deeds(driven.ready('web/0')), ['signal a/0', 'spawn a/0']);
});

test('the plan of a stopped service is taken over without a start', () => {
  const driven = new Reloading();
  driven.tell({ type: 'stop', services: ['web'], now: false, reason });
  assert.deepEqual(deeds(driven.reload(NEW)), []);
  assert.equal(driven.coordinator.world.plan.services[0]?.command[0], 'new');
  assert.deepEqual(driven.plans(), ['new', 'new', 'new']);
});

test('more or fewer instances are wanted: those that stay are replaced, then the others come or go', () => {
  const driven = new Reloading();
  driven.reload({ ...NEW, instances: 4 });
  driven.ready('web/0');
  driven.ready('web/1');
  assert.deepEqual(spawned(driven.ready('web/2')), ['web/3 new']);
  driven.ready('web/3');
  driven.reload({ ...OLD, instances: 1 });
  assert.deepEqual(deeds(driven.ready('web/0')), ['signal web/1', 'signal web/2', 'signal web/3']);
});

test('a planned restart of several instances rolls over those that run', () => {
  const driven = new Reloading();
  assert.deepEqual(deeds(driven.tell({ type: 'restart', services: ['web'], reason, planned: true })), [
    'signal web/0',
    'spawn web/0',
  ]);
  assert.deepEqual(deeds(driven.tell({ type: 'restart', services: ['web'], reason, planned: true })), []);
  assert.deepEqual(deeds(driven.ready('web/0')), ['signal web/1', 'spawn web/1']);
});
