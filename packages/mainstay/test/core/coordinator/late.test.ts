/** The daemon stood still: what nobody could see is held against nobody. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HealthcheckPlan } from '../../../src/core/plan/index.ts';
import { planOf, servicePlan } from '../../../src/sim/index.ts';
import { deeds, Driven } from './driven.ts';

const healthcheck: HealthcheckPlan = {
  kind: 'exec',
  target: {},
  interval: 10_000,
  timeout: 2_000,
  retries: 3,
  successes: 1,
  startPeriod: 0,
  startInterval: 1_000,
  thresholds: [],
  onFailure: 'restart',
};

/** Two services, of which one waits 5 s for its healthcheck and the other is watched. */
const system = (): Driven =>
  new Driven(
    planOf([
      servicePlan('web', { healthcheck, ready: { by: 'healthcheck', timeout: 5_000 } }),
      servicePlan('worker', { watchdog: 10_000 }),
    ]),
  );

/** Time passes, then a timer rings that was due `late` ms ago. */
function ring(driven: Driven, key: string, afterMs: number, late = 0): string[] {
  driven.now = { mono: driven.now.mono + afterMs, wall: driven.now.wall + afterMs };
  return deeds(driven.tell({ type: 'timer', key, due: driven.now.mono - late }));
}

const timerOf = (driven: Driven): string => `life:web/0:${driven.coordinator.world.instances.get('web/0')?.life.seq}`;

test('a readiness timer that ends as the daemon wakes up waits as much longer as it stood still', () => {
  const driven = system();
  const first = timerOf(driven);
  assert.deepEqual(ring(driven, 'probe:web/0', 5_090, 4_590), [], 'its probe was due all the time');
  assert.deepEqual(ring(driven, first, 0, 90), [], 'the timer was replaced');
  assert.equal(driven.phase('web/0'), 'running');
  const { timer } = driven.coordinator.world.instances.get('web/0')?.life ?? {};
  assert.equal(timer?.due, driven.now.mono + 4_590);
  assert.deepEqual(ring(driven, timerOf(driven), 4_590), ['signal web/0'], 'it had its 5 s and was not ready');
});

test('all timers of one standstill give its time once', () => {
  const driven = system();
  const before = driven.coordinator.world.instances.get('web/0')?.life.timer?.due ?? 0;
  ring(driven, 'budget', 4_000, 3_000);
  ring(driven, 'budget', 0, 2_000);
  assert.equal(driven.coordinator.world.instances.get('web/0')?.life.timer?.due, before + 3_000);
  ring(driven, 'budget', 2_000, 1_500);
  assert.equal(
    driven.coordinator.world.instances.get('web/0')?.life.timer?.due,
    before + 4_500,
    'it stood still again',
  );
});

test('a timer that is late by less than a second says nothing', () => {
  const driven = system();
  ring(driven, 'probe:web/0', 5_000, 900);
  assert.deepEqual(ring(driven, timerOf(driven), 0), ['signal web/0']);
});

test('silence in which nobody listened is no silence', () => {
  const driven = system();
  assert.deepEqual(ring(driven, 'budget', 9_990, 8_000), []);
  assert.deepEqual(ring(driven, 'watchdog:worker/0', 10), [], '2 s of silence were heard');
  assert.deepEqual(ring(driven, 'watchdog:worker/0', 7_990), [], 'not yet a whole period');
  assert.deepEqual(ring(driven, 'watchdog:worker/0', 10), ['signal worker/0']);
});

test('what was killed is not called unkillable because nobody looked', () => {
  const driven = new Driven(planOf([servicePlan('web')]));
  const { coordinator } = driven;
  // A kill that nothing answers.
  coordinator.handle({ type: 'stop', services: ['web'], now: true, reason: 'x' }, driven.now);
  const first = timerOf(driven);
  ring(driven, 'budget', 10_000, 6_000);
  ring(driven, first, 0);
  assert.equal(driven.phase('web/0'), 'stopping');
  ring(driven, timerOf(driven), 6_000);
  assert.equal(driven.phase('web/0'), 'unkillable');
});
