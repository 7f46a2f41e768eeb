/** Heartbeats among the other checks: what is kept of a job, and what time does to it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckPlan } from '../../../src/core/plan/index.ts';
import type { Beat } from '../../../src/core/heartbeat/index.ts';
import { checkPlan, planOf, servicePlan } from '../../../src/sim/index.ts';
import { Driven } from './driven.ts';

const nightly = (given: Partial<CheckPlan> = {}): CheckPlan =>
  checkPlan('nightly', { kind: 'heartbeat', target: { every: 3_600_000 }, retries: 1, ...given });
const other = checkPlan('other');

const plan = (check: CheckPlan) => planOf([servicePlan('web')], { checks: [check, other] });
const beatOf = (world: Driven): Beat | undefined => world.coordinator.world.checks.get('nightly')?.beat;
const pass = (world: Driven, ms: number): void => {
  world.now = { mono: world.now.mono + ms, wall: world.now.wall + ms };
};
const success = { type: 'pinged', check: 'nightly', signal: 'success', code: 0, message: 'done' } as const;

test('a report is kept, stored, and judged at once; other checks take none', () => {
  const world = new Driven(plan(nightly()));
  const began = world.now.wall;
  assert.deepEqual(beatOf(world), { from: began, last: null, running: null, gaps: [] });
  pass(world, 1_000);
  const effects = world.tell(success);
  assert.deepEqual(
    effects.filter(({ type }) => type === 'save-check' || type === 'arm'),
    [
      { type: 'save-check', check: 'nightly' },
      { type: 'arm', key: 'check:nightly', afterMs: 0 },
    ],
  );
  assert.equal(beatOf(world)?.from, began + 1_000);
  assert.equal(beatOf(world)?.last?.message, 'done');
  for (const check of ['other', 'gone']) assert.deepEqual(world.tell({ ...success, check }), []);
});

test('another daemon knows it, and what it did not see', () => {
  const world = new Driven(plan(nightly()));
  world.tell(success);
  const { state, over, last, beat } = world.coordinator.world.checks.get('nightly')!;
  const stored = { name: 'nightly', state, over, last, beat: beat! };
  const { wall } = world.now;
  const next = new Driven(plan(nightly()), { checks: [{ ...stored, seen: wall - 5_000 }] });
  assert.deepEqual(beatOf(next), { ...beat, gaps: [{ from: wall - 5_000, to: wall }] });
  const setBack = new Driven(plan(nightly()), { checks: [{ ...stored, seen: wall + 5_000 }] });
  assert.deepEqual(beatOf(setBack)?.from, wall - 5_000);
});

test('time that nobody observed, and a clock that is set, are kept with it', () => {
  const world = new Driven(plan(nightly()));
  world.tell(success);
  const { wall } = world.now;
  world.tell({ type: 'gap', ms: 3_000 });
  world.tell({ type: 'clock-stepped', byMs: 4_000 });
  assert.deepEqual(beatOf(world)?.gaps, [
    { from: wall - 3_000, to: wall },
    { from: wall - 4_000, to: wall },
  ]);
  world.tell({ type: 'clock-stepped', byMs: -1_000 });
  assert.deepEqual([beatOf(world)?.from, beatOf(world)?.last?.at], [wall - 1_000, wall - 1_000]);
});

test('while what it depends on is down it need not report, and gets a fresh period after that', () => {
  const world = new Driven(plan(nightly({ dependsOn: ['web'] })));
  world.tell(success);
  const down = world.now.wall;
  world.tell({ type: 'stop', services: ['web'], now: true, reason: 'test' });
  pass(world, 7_200_000);
  world.tell({ type: 'start', services: ['web'], reason: 'test' });
  assert.deepEqual(beatOf(world)?.gaps, [{ from: down, to: world.now.wall }]);
});

test('another target is another period; another limit is not; another kind forgets', () => {
  const world = new Driven(plan(nightly()));
  world.tell(success);
  const { wall } = world.now;
  const apply = (check: CheckPlan): void => {
    pass(world, 1_000);
    world.tell({ type: 'apply', plan: plan(check), restart: [], reason: 'test' });
  };
  apply(nightly({ retries: 2 }));
  assert.equal(beatOf(world)?.from, wall);
  apply(nightly({ target: { every: 60_000 } }));
  assert.deepEqual([beatOf(world)?.from, beatOf(world)?.last?.at], [wall + 2_000, wall]);
  apply(checkPlan('nightly'));
  assert.equal(beatOf(world), undefined);
  apply(nightly());
  assert.deepEqual([beatOf(world)?.from, beatOf(world)?.last], [wall + 4_000, null]);
});
