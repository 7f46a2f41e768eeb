import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CoordinatorEvent } from '../../src/core/coordinator/index.ts';
import { Schedule } from '../../src/daemon/index.ts';
import { nextDue } from '../../src/entry/daemon/cron.ts';
import { planOf, servicePlan } from '../../src/sim/index.ts';
import { VirtualClock } from '../../src/sim/clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** "Every N ms", counted from the epoch: what cron makes of local time is cron's. */
const everyMs = (expression: string, from: number): number =>
  (Math.floor(from / Number(expression)) + 1) * Number(expression);

function run(clock: VirtualClock, ms: number): void {
  const until = clock.mono + ms;
  while (clock.step(until));
}

function scheduled(
  plan: ReturnType<typeof planOf>,
  clock: VirtualClock,
): { events: CoordinatorEvent[]; schedule: Schedule } {
  const events: CoordinatorEvent[] = [];
  const schedule = new Schedule(
    clock.forDaemon(() => true),
    everyMs,
    (event) => events.push(event),
  );
  schedule.load(plan);
  return { events, schedule };
}

const restarts = planOf([servicePlan('web', { scheduledRestart: String(HOUR) }), servicePlan('db')]);
const windows = planOf([servicePlan('web')], {
  maintenance: [{ every: String(24 * HOUR), duration: HOUR, services: ['web'], reason: 'weekly' }],
});

test('a planned restart comes when it is due, once each time', () => {
  const clock = new VirtualClock();
  const { events } = scheduled(restarts, clock);
  run(clock, 3 * HOUR - 1);
  assert.equal(events.length, 2);
  run(clock, 1);
  assert.equal(events.length, 3);
  assert.deepEqual(events[0], { type: 'restart', services: ['web'], reason: 'planned restart', planned: true });
});

test('what was slept through is not made up for', () => {
  const clock = new VirtualClock();
  const { events } = scheduled(restarts, clock);
  clock.setWall(10 * HOUR + 30 * MINUTE);
  run(clock, 2 * MINUTE);
  assert.deepEqual(events, []);
  run(clock, HOUR);
  assert.equal(events.length, 1);
});

test('a window opens when it is due, and is found when it is open already', () => {
  const clock = new VirtualClock();
  clock.setWall(24 * HOUR - (clock.wall % (24 * HOUR)) + 20 * MINUTE);
  const { events } = scheduled(windows, clock);
  assert.equal(events.length, 1);
  const [event] = events;
  assert.ok(event?.type === 'maintain');
  assert.equal(event.window.until - event.window.from, HOUR);
  assert.equal(event.window.from, clock.wall - 20 * MINUTE);
  assert.equal(event.window.source, 'schedule');
  run(clock, 24 * HOUR);
  assert.equal(events.length, 2);
});

test('a plan without schedules arms nothing, and a new plan replaces the old', () => {
  const clock = new VirtualClock();
  const { events, schedule } = scheduled(restarts, clock);
  schedule.load(planOf([servicePlan('web')]));
  run(clock, 5 * HOUR);
  assert.deepEqual(events, []);
});

test('cron: the next moment in local time, strictly later', () => {
  const from = new Date(2026, 10, 28, 4, 0, 0).getTime();
  assert.equal(nextDue('0 4 * * *', from), new Date(2026, 10, 29, 4, 0, 0).getTime());
  assert.equal(nextDue('0 4 1 * *', from), new Date(2026, 11, 1, 4, 0, 0).getTime());
  assert.equal(nextDue('0 0 30 2 *', from), null);
});
