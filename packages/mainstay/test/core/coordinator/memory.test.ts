/** Too much memory: who is ended for it, and how that is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../../src/core/coordinator/index.ts';
import { planOf, servicePlan } from '../../../src/sim/plan.ts';
import { deeds, Driven } from './driven.ts';

const MB = 1024 ** 2;
const LIMITED = servicePlan('app', {
  resources: { memory: 64 * MB, memoryReservation: null, cpus: null, pids: null },
});
const said = (effects: readonly Effect[]): string[] =>
  effects.flatMap((one) => (one.type === 'record' ? [`${one.event.type} ${one.event.message}`] : []));

/** So many measurements of 80 MB. */
function measure(driven: Driven, times: number, incarnation = 1, bytes = 80 * MB): Effect[] {
  return Array.from({ length: times }).flatMap(() =>
    driven.tell({ type: 'measured', instance: 'app/0', incarnation, bytes }),
  );
}

test('what stays above its limit is ended, and counts as failed for want of memory', () => {
  const driven = new Driven(planOf([LIMITED]));
  assert.deepEqual(measure(driven, 2), []);
  const effects = measure(driven, 1);
  assert.deepEqual(deeds(effects), ['signal app/0']);
  assert.equal(said(effects)[0], 'instance.out-of-memory app: out of memory (limit 64 MB): it used 80 MB');
  const life = driven.coordinator.world.instances.get('app/0')?.life;
  assert.equal(life?.phase, 'backoff');
  assert.equal(life.reason, 'out of memory (limit 64 MB): it used 80 MB');
  assert.deepEqual(life.lastExit?.outOfMemory, { by: 'mainstay', limit: 64 * MB, main: true });
  assert.equal(life.restart.restarts, 1);
  const failure = effects.find((one) => one.type === 'failure');
  assert.deepEqual(failure?.exit?.outOfMemory, { by: 'mainstay', limit: 64 * MB, main: true });
});

test('measurements of an older incarnation, of one without a limit, and during maintenance end nobody', () => {
  const driven = new Driven(planOf([LIMITED, servicePlan('free')]));
  assert.deepEqual(measure(driven, 5, 7), []);
  assert.deepEqual(driven.tell({ type: 'measured', instance: 'free/0', incarnation: 1, bytes: 1e12 }), []);
  const { wall } = driven.now;
  const window = {
    id: 'w',
    services: [],
    reason: 'r',
    owner: 'o',
    from: wall,
    until: wall + 1e6,
    source: 'operator' as const,
  };
  driven.tell({ type: 'maintain', window });
  assert.deepEqual(deeds(measure(driven, 9)), []);
  assert.equal(driven.phase('app/0'), 'ready');
});

test('what was counted ends with the incarnation', () => {
  const driven = new Driven(planOf([LIMITED]));
  measure(driven, 2);
  driven.tell({ type: 'restart', services: ['app'], reason: 'r' });
  assert.deepEqual(driven.lives(), { 'app/0': 'ready 2' });
  assert.deepEqual(measure(driven, 2, 2), []);
});

test('a kill by the kernel in a tree that lives on is noted, once and of the newest incarnation only', () => {
  const driven = new Driven(planOf([LIMITED]));
  const killed = (incarnation: number, kills: number, limit: number | null): string[] =>
    said(driven.tell({ type: 'oom-killed', instance: 'app/0', incarnation, kills, limit }));
  assert.deepEqual(killed(1, 1, 64 * MB), [
    'instance.out-of-memory app: one of its processes was killed: out of memory (limit 64 MB); the others live on',
  ]);
  assert.deepEqual(killed(1, 2, null), [
    'instance.out-of-memory app: 2 of its processes were killed: out of memory (the whole machine); the others live on',
  ]);
  assert.deepEqual(killed(0, 1, null), []);
});
