/** Thresholds: what is exceeded, for how long, and what is said of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { describeValue, judge } from '../../../src/core/check/index.ts';
import type { ThresholdPlan } from '../../../src/core/plan/index.ts';

const seed = process.env['SEED'] === undefined ? Date.now() % 2 ** 31 : Number(process.env['SEED']);
console.log(`thresholds: SEED=${seed}`);

const above = (level: 'warn' | 'fail', limit: number, clear = limit): ThresholdPlan => {
  return { level, measure: 'used', unit: 'percent', side: 'above', limit, clear };
};
const seen = (used: number, status: 'pass' | 'warn' | 'fail' | 'unknown' = 'pass') => {
  return { status, message: 'looked', latencyMs: 3, data: { used } };
};

/** The statuses of one value after the other. */
function statuses(thresholds: readonly ThresholdPlan[], values: readonly number[]): string {
  let over: readonly boolean[] = [];
  return values
    .map((value) => {
      const judged = judge(thresholds, over, seen(value));
      over = judged.over;
      return judged.status;
    })
    .join(' ');
}

test('a limit itself is not beyond it', () => {
  assert.equal(statuses([above('warn', 80)], [80, 80.1, 80]), 'pass warn pass');
  assert.equal(statuses([{ ...above('warn', 80), side: 'below' }], [80, 79.9, 80]), 'pass warn pass');
});

test('with hysteresis it warns above 80, and is clear below 75', () => {
  assert.equal(statuses([above('warn', 80, 75)], [78, 81, 78, 75, 74.9, 78]), 'pass warn warn warn pass pass');
  const below: ThresholdPlan = { ...above('warn', 10, 15), side: 'below' };
  assert.equal(statuses([below], [12, 9, 12, 15, 15.1, 12]), 'pass warn warn warn pass pass');
});

test('the worse of two levels counts, each with a memory of its own', () => {
  const both = [above('warn', 80, 75), above('fail', 90, 85)];
  assert.equal(statuses(both, [81, 91, 86, 84, 76, 74]), 'warn fail fail warn warn pass');
});

test('a result that is bad already stays as it is, and so does what was exceeded', () => {
  const thresholds = [above('warn', 80, 75)];
  const { over } = judge(thresholds, [], seen(90));
  for (const status of ['fail', 'unknown'] as const) {
    const judged = judge(thresholds, over, seen(0, status));
    assert.deepEqual(judged, { status, message: 'looked', over: [true] });
  }
  assert.equal(judge(thresholds, [], seen(10, 'warn')).status, 'warn');
  assert.equal(judge([above('fail', 80)], [], seen(90, 'warn')).status, 'fail');
});

test('a number that was not measured is compared with nothing', () => {
  const judged = judge([above('fail', 80)], [true], {
    status: 'pass',
    message: 'm',
    latencyMs: 1,
    data: { used: '99' },
  });
  assert.deepEqual(judged, { status: 'pass', message: 'm', over: [false] });
});

test('every kind measures how long it took', () => {
  const slow: ThresholdPlan = { level: 'warn', measure: 'latency', unit: 'seconds', side: 'above', limit: 2, clear: 2 };
  const judged = judge([slow], [], { status: 'pass', message: '200', latencyMs: 2_500 });
  assert.deepEqual(judged, { status: 'warn', message: '200; latency 2.5 s (warn above 2 s)', over: [true] });
});

test('what is said: the value and the rule', () => {
  const thresholds = [above('warn', 80, 75), above('fail', 90)];
  assert.equal(judge(thresholds, [], seen(83.456)).message, 'looked; used 83.5% (warn above 80%)');
  assert.equal(judge(thresholds, [true], seen(78)).message, 'looked; used 78% (warn until it is below 75%)');
  assert.equal(judge(thresholds, [], seen(95)).message, 'looked; used 95% (fail above 90%)');
  assert.equal(judge(thresholds, [], seen(10)).message, 'looked');
});

describe('values for people', () => {
  for (const [value, unit, text] of [
    [83.456, 'percent', '83.5%'],
    [1_536, 'bytes', '1.5 KB'],
    [0.0421, 'seconds', '0.0421 s'],
    [119, 'seconds', '119 s'],
    [120, 'seconds', '2 min'],
    [200_000, 'seconds', '2.31 d'],
    [1_234, 'count', '1234'],
  ] as const) {
    test(text, () => assert.equal(describeValue(value, unit), text));
  }
});

test('with any limits: never better than it was, and without hysteresis only this value counts', () => {
  const threshold = fc.record({
    level: fc.constantFrom('warn' as const, 'fail' as const),
    measure: fc.constant('used'),
    unit: fc.constant('percent' as const),
    side: fc.constantFrom('above' as const, 'below' as const),
    limit: fc.integer({ min: 0, max: 100 }),
  });
  const status = fc.constantFrom('pass' as const, 'warn' as const);
  fc.assert(
    fc.property(
      fc.array(threshold, { maxLength: 4 }),
      fc.array(fc.boolean()),
      fc.integer(),
      status,
      (given, over, value, own) => {
        const thresholds = given.map((one) => ({ ...one, clear: one.limit }));
        const fresh = judge(thresholds, [], seen(value, own));
        assert.deepEqual(judge(thresholds, over, seen(value, own)), fresh);
        const beyond = thresholds.filter(({ side, limit }) => (side === 'above' ? value > limit : value < limit));
        const worst = beyond.some(({ level }) => level === 'fail') ? 'fail' : beyond.length > 0 ? 'warn' : own;
        assert.equal(fresh.status, worst);
      },
    ),
    { seed, numRuns: 500 },
  );
});
