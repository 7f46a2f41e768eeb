/** How fast error budgets burn: against what is counted second by second. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  Downtime,
  LONGEST_WINDOW,
  TIERS,
  burningTiers,
  limitOf,
  nextBurnLook,
  type TierName,
} from '../../../src/core/objective/index.ts';
import { seeded } from '../../config/seed.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const PLAIN = { noNullPrototype: true };

test('what a window holds is what is counted in it, whatever was put right afterwards', () => {
  const move = fc.record({ from: fc.integer({ min: 0, max: 400 }), isDown: fc.boolean() }, PLAIN);
  const question = fc.record({ span: fc.integer({ min: 0, max: 300 }), now: fc.integer({ min: 0, max: 450 }) }, PLAIN);
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), fc.array(question, { maxLength: 10 }), (moves, questions) => {
      const down = new Downtime(LONGEST_WINDOW);
      const truth = Array.from({ length: 500 }, () => false);
      for (const { from, isDown } of moves) {
        down.set(from, isDown);
        truth.fill(isDown, from);
      }
      for (const { span, now } of questions) {
        const counted = truth.slice(Math.max(0, now - span), now).filter(Boolean).length;
        assert.equal(down.within(span, now), counted);
      }
    }),
    seeded('windows'),
  );
});

test('of too many pieces none is lost: the oldest are put together', () => {
  const down = new Downtime(LONGEST_WINDOW);
  for (let n = 0; n < 10_000; n += 1) {
    down.set(n * 10 * SECOND, true);
    down.set(n * 10 * SECOND + 4 * SECOND, false);
  }
  const now = 100_000 * SECOND;
  assert.equal(down.within(LONGEST_WINDOW, now), 40_000 * SECOND);
  assert.equal(down.within(HOUR, now), 360 * 4 * SECOND);
});

test('an hour, computed by hand', () => {
  // An objective of 99.9 % allows 0.1 %. At 14.4 times that rate an hour holds 14.4 × 0.001 × 3600 s = 51.84 s of being
  // down, and five minutes 4.32 s.
  const fast = TIERS[0]!;
  assert.equal(Math.round(limitOf(fast, fast.long, 0.999)), 51_840);
  assert.equal(Math.round(limitOf(fast, fast.short, 0.999)), 4_320);
  const within = (long: number, short: number) => (span: number) => (span > 5 * MINUTE ? long : short) * SECOND;
  const burning = (long: number, short: number, before: TierName[] = [], isUp = true): TierName[] =>
    burningTiers(before, within(long, short), 0.999, isUp).filter((name) => name === 'fast');
  assert.deepEqual(burning(52, 5), ['fast']);
  assert.deepEqual(burning(51, 5), []);
  assert.deepEqual(burning(52, 4), [], 'it burned, and does not any more');
  // Once it burns, it is over below half of 4.32 s: 2.16 s. And only when it is known to be up.
  assert.deepEqual(burning(52, 3, ['fast']), ['fast']);
  assert.deepEqual(burning(52, 2, ['fast']), []);
  assert.deepEqual(burning(52, 2, ['fast'], false), ['fast']);
});

test('one failed probe of sixty seconds that was confirmed pages nobody at 99 %', () => {
  const down = new Downtime(LONGEST_WINDOW);
  down.set(10 * HOUR, true);
  down.set(10 * HOUR + MINUTE, false);
  const within = (span: number): number => down.within(span, 10 * HOUR + MINUTE);
  assert.deepEqual(burningTiers([], within, 0.99, true), []);
});

test('looks that are asked for miss nothing: the same is found as by looking every second', () => {
  const uptime = fc.constantFrom(0.9, 0.95, 0.99, 0.999, 0.9999);
  const piece = fc.record({ up: fc.integer({ min: 1, max: 3_000 }), down: fc.integer({ min: 1, max: 400 }) }, PLAIN);
  fc.assert(
    fc.property(uptime, fc.array(piece, { minLength: 1, maxLength: 12 }), (wanted, pieces) => {
      const seconds = pieces.flatMap(({ up, down }) => [
        ...Array.from({ length: up }, () => false),
        ...Array.from({ length: down }, () => true),
      ]);
      seconds.push(...Array.from({ length: 7 * 3_600 }, () => false));
      const sums = [0];
      for (const isDown of seconds) sums.push((sums.at(-1) ?? 0) + (isDown ? SECOND : 0));
      const down = new Downtime(LONGEST_WINDOW);
      let [bySecond, byLook]: [TierName[], TierName[]] = [[], []];
      let due: number | null = null;
      let looks = 0;
      const differs = new Map<TierName, number>();
      for (const [second, isDown] of seconds.entries()) {
        const now = second * SECOND;
        const isMove = second === 0 || seconds[second - 1] !== isDown;
        if (isMove) down.set(now, isDown);
        const counted = (span: number): number =>
          (sums[second] ?? 0) - (sums[Math.max(0, second - span / SECOND)] ?? 0);
        bySecond = burningTiers(bySecond, counted, wanted, !isDown);
        if (isMove || (due !== null && now >= due)) {
          looks += 1;
          const within = (span: number): number => down.within(span, now);
          byLook = burningTiers(byLook, within, wanted, !isDown);
          const wait = nextBurnLook(byLook, within, wanted, isDown ? 'down' : 'up');
          due = wait === null ? null : now + wait;
        }
        // A look comes at most a second late, and is made at whole seconds.
        for (const { name } of TIERS) {
          const isSame = byLook.includes(name) === bySecond.includes(name);
          const since = isSame ? 0 : (differs.get(name) ?? 0) + 1;
          differs.set(name, since);
          assert.ok(since <= 3, `${name} at ${second} s`);
        }
      }
      // Close to a limit it is every second, else far less often.
      assert.ok(looks < seconds.length / 4, `${looks} looks in ${seconds.length} s`);
    }),
    { ...seeded('looks'), numRuns: 15 },
  );
});
