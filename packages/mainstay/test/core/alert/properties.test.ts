/** Whatever happens, in whatever order: nothing is lost, nothing is said twice under two names, and quiet hours are quiet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { acknowledge, tell } from '../../../src/core/alert/index.ts';
import type { AlertsPlan } from '../../../src/core/plan/index.ts';
import { HOUR, MINUTE, World, route, trouble, type Answer } from './world.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const SOURCES = ['a', 'b', 'c'] as const;
const NIGHT = { days: [], from: 22 * 60, until: 7 * 60 };

type Event =
  | { type: 'bad'; source: string; severity: 'critical' | 'warning' }
  | { type: 'unsure' | 'well'; source: string }
  | { type: 'answers'; notifier: string; answer: Answer }
  | { type: 'pass'; ms: number }
  /** The daemon dies while something is on its way, and comes back. */
  | { type: 'death' }
  | { type: 'ack' }
  | { type: 'clock'; by: number };

const source = fc.constantFrom(...SOURCES);
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('bad' as const),
      source,
      severity: fc.constantFrom('critical' as const, 'warning' as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('well' as const, 'unsure' as const), source }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('answers' as const),
      notifier: fc.constantFrom('ops', 'boss'),
      answer: fc.constantFrom<Answer[]>('delivered', 'retry'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.integer({ min: 1000, max: 5 * HOUR }) }),
  },
  { weight: 2, arbitrary: fc.constant({ type: 'death' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'ack' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('clock' as const), by: fc.integer({ min: -2 * HOUR, max: 2 * HOUR }) }),
  },
);

const plans: fc.Arbitrary<Partial<AlertsPlan>> = fc.record({
  group: fc.constantFrom(0, 30_000),
  quiet: fc.constantFrom([], [NIGHT]),
  routes: fc.constantFrom(
    [route({ to: ['ops', 'boss'] })],
    [route({ remind: HOUR, escalate: { after: 10 * MINUTE, to: ['boss'] } })],
    [route({ severity: ['critical'], to: ['boss'] }), route({ severity: ['warning'], remind: 20 * MINUTE })],
  ),
});

function apply(world: World, one: Event): void {
  switch (one.type) {
    case 'bad':
      world.see(one.source, trouble({ subject: one.source, severity: one.severity, since: world.wall }));
      return;
    case 'well':
    case 'unsure':
      world.see(one.source, one.type);
      return;
    case 'answers':
      world.answers.set(one.notifier, one.answer);
      return;
    case 'pass':
      world.advance(one.ms);
      return;
    case 'death':
      world.take(tell(world.alerts, world.sights, world.context()));
      world.deliver(() => true);
      return;
    case 'ack': {
      const [first] = world.alerts.open;
      const step = first === undefined ? null : acknowledge(world.alerts, first.facts.id, 'ada', world.wall);
      if (step !== null) world.take(step);
      return;
    }
    case 'clock':
      world.wall += one.by;
  }
}

/** Everything comes right in the end: notifiers answer, every source is well, and two days pass. */
function end(world: World): void {
  world.answers.clear();
  for (const one of SOURCES) world.sights.set(one, 'well');
  world.advance(48 * HOUR);
}

function checkAll(world: World): void {
  assert.deepEqual([world.alerts.open, world.alerts.outbox], [[], []], 'nothing waits for ever');
  const opened = world.records.filter(({ type }) => type === 'alert.opened').map(({ data }) => String(data['id']));
  assert.equal(new Set(opened).size, opened.length, 'ids are not used twice');
  const byPlace = new Map<string, { stage: string; key: string }[]>();
  for (const { delivery } of world.arrived) {
    for (const { id } of delivery.alerts) {
      const place = `${delivery.notifier} ${id}`;
      byPlace.set(place, [...(byPlace.get(place) ?? []), { stage: delivery.stage, key: delivery.key }]);
    }
  }
  const told = new Set([...byPlace.keys()].map((place) => place.split(' ')[1]));
  for (const id of opened) assert.ok(told.has(id), `somebody heard of alert ${id}`);
  for (const [place, messages] of byPlace) {
    const keysOf = (stages: string[]): Set<string> =>
      new Set(messages.filter(({ stage }) => stages.includes(stage)).map(({ key }) => key));
    assert.equal(keysOf(['closed']).size, 1, `${place}: one recovery`);
    assert.ok(keysOf(['opened', 'escalated']).size <= 1, `${place}: one beginning`);
    assert.equal(messages.at(-1)?.stage, 'closed', `${place}: the recovery comes last`);
  }
}

test('nothing is lost, and every alert that was told gets one recovery, last', () => {
  fc.assert(
    fc.property(plans, fc.array(event, { maxLength: 40 }), (plan, events) => {
      const world = new World(plan);
      for (const one of events) apply(world, one);
      end(world);
      checkAll(world);
    }),
    { seed: SEED, numRuns: 150 },
  );
});

test('in quiet hours nothing goes out but what is critical', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const world = new World({ quiet: [NIGHT], group: 30_000, routes: [route({ remind: HOUR })] });
      for (const one of events) apply(world, one);
      end(world);
      for (const { wall, delivery } of world.arrived) {
        const hour = new Date(wall).getUTCHours();
        const isCritical = delivery.alerts.some(({ severity }) => severity === 'critical');
        assert.ok(isCritical || (hour >= 7 && hour < 22), `${delivery.stage} at ${hour}`);
      }
    }),
    { seed: SEED, numRuns: 80 },
  );
});

test('after an acknowledgement there is nothing but the recovery', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const world = new World({ routes: [route({ remind: HOUR, escalate: { after: HOUR, to: ['boss'] } })] });
      const ackedAt = new Map<string, number>();
      for (const one of events) {
        apply(world, one);
        for (const { facts, acked } of world.alerts.open) {
          if (acked !== null && !ackedAt.has(facts.id)) ackedAt.set(facts.id, world.attempts.length);
        }
      }
      end(world);
      for (const [index, delivery] of world.attempts.entries()) {
        const isLate = delivery.alerts.some(({ id }) => index >= (ackedAt.get(id) ?? Infinity));
        // One that waited already may still go out.
        if (isLate && delivery.attempts === 0) assert.ok(['opened', 'closed'].includes(delivery.stage), delivery.stage);
      }
    }),
    { seed: SEED, numRuns: 80 },
  );
});
