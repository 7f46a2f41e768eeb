/** The arithmetic of the report: an example computed by hand, and what holds of any intervals. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { STANDINGS, type Standing, type StandingInterval } from '@mainstay/protocol';
import { bySubject, figuresOf, outagesOf, spansOf, spreadOf } from '../../../src/core/uptime/figures/index.ts';

const MINUTE = 60_000;
const SEED = process.env['SEED'] === undefined ? Date.now() : Number(process.env['SEED']);

/** Minutes from the beginning of the period. */
function interval(
  state: Standing,
  from: number,
  to: number | null,
  more: { knownAfter?: number; byOperator?: boolean; cause?: string } = {},
): StandingInterval {
  return {
    subject: 'service:web',
    state,
    from: from * MINUTE,
    to: to === null ? null : to * MINUTE,
    known_at: (from + (more.knownAfter ?? 0)) * MINUTE,
    cause: more.cause ?? state,
    by_operator: more.byOperator ?? false,
  };
}

test('a day, computed by hand', () => {
  // A period of 24 h = 1440 min, in which web was
  //   planned    0 –   10   (its first start)                                  10
  //   up        10 –  100                                                      90
  //   down     100 –  104   known 1 min later, back without a person            4   failure 1
  //   up       104 –  400                                                     296
  //   down     400 –  420   known 3 min later, back with an operator           20   failure 2
  //   degraded 420 –  500                                                      80
  //   up       500 –  600                                                     100
  //   planned  600 –  660   (maintenance)                                      60
  //   up       660 –  800                                                     140
  //   (nothing 800 –  900   the daemon was gone)                              100
  //   down     900 –  912   its beginning was not seen                         12   failure 3
  //   up       912 – 1200                                                     288
  //   down    1200 – 1208   known at once, back without a person                8   failure 4
  //   up      1208 – open   observed until 1400                               192
  //   (nothing 1400 – 1440  nobody looked)                                     40
  const intervals = [
    interval('maintenance', 0, 10),
    interval('up', 10, 100),
    interval('down', 100, 104, { knownAfter: 1 }),
    interval('up', 104, 400),
    interval('down', 400, 420, { knownAfter: 3 }),
    interval('degraded', 420, 500, { byOperator: true }),
    interval('up', 500, 600),
    interval('maintenance', 600, 660),
    interval('up', 660, 800),
    interval('down', 900, 912),
    interval('up', 912, 1200),
    interval('down', 1200, 1208),
    interval('up', 1208, null),
  ];
  const period = { since: 0, until: 1440 * MINUTE };
  const spans = spansOf(intervals, 1400 * MINUTE, period.until);
  const figures = figuresOf([spans], period, 6, 0.99);

  // up 90 + 296 + 100 + 140 + 288 + 192 = 1106; degraded 80; down 4 + 20 + 12 + 8 = 44; unknown 100 + 40; planned 10 + 60.
  assert.deepEqual(figures.time, {
    up: 1106 * MINUTE,
    degraded: 80 * MINUTE,
    down: 44 * MINUTE,
    unknown: 140 * MINUTE,
    maintenance: 70 * MINUTE,
  });
  // (1106 + 80) ÷ (1106 + 80 + 44) = 1186 ÷ 1230
  assert.equal(figures.uptime, 1186 / 1230);
  // 1 − 140 ÷ 1440 = 1300 ÷ 1440
  assert.equal(figures.coverage, 1300 / 1440);
  assert.equal(figures.failures, 4);
  // Failures 1, 2 and 4, whose beginning was seen: 0, 1 and 3 min.
  assert.deepEqual(figures.detection, { count: 3, mean: (4 / 3) * MINUTE, median: MINUTE, p95: 3 * MINUTE });
  // Failures 1, 2 and 4: 4, 8 and 20 min. Mean 32 ÷ 3, median 8, p95 the ⌈0.95 × 3⌉ = 3rd: 20.
  assert.deepEqual(figures.repair, { count: 3, mean: (32 / 3) * MINUTE, median: 8 * MINUTE, p95: 20 * MINUTE });
  // Without a person: 4 and 8. Mean and median 6, p95 the 2nd: 8.
  assert.deepEqual(figures.automatic, { count: 2, mean: 6 * MINUTE, median: 6 * MINUTE, p95: 8 * MINUTE });
  assert.deepEqual(figures.manual, { count: 1, mean: 20 * MINUTE, median: 20 * MINUTE, p95: 20 * MINUTE });
  // 1186 ÷ 4 = 296.5
  assert.equal(figures.betweenFailures, 296.5 * MINUTE);
  // 1 % of 1230 min = 12.3 min; 44 min are used.
  assert.equal(Math.round(figures.budget?.allowed ?? 0), 12.3 * MINUTE);
  assert.equal(figures.budget?.used, 44 * MINUTE);
  // 6 restarts in 1300 min that were observed: 6 × 1440 ÷ 1300 a day.
  assert.equal(figures.restartsPerDay, (6 * 1440) / 1300);
});

test('nothing was observed: nothing is claimed', () => {
  const figures = figuresOf([spansOf([], 0, 0)], { since: 0, until: 1000 }, 0, 0.99);
  const { uptime, coverage, betweenFailures, repair, restartsPerDay } = figures;
  assert.deepEqual(
    { uptime, coverage, betweenFailures, repair, restartsPerDay },
    {
      uptime: null,
      coverage: null,
      betweenFailures: null,
      repair: null,
      restartsPerDay: null,
    },
  );
});

test('an open interval counts until the last moment that was observed, never beyond', () => {
  const period = { since: 0, until: 100 * MINUTE };
  const { uptime, coverage, time } = figuresOf(
    [spansOf([interval('up', 0, null)], 10 * MINUTE, period.until)],
    period,
    0,
    null,
  );
  assert.equal(uptime, 1);
  assert.equal(coverage, 0.1);
  assert.equal(time.unknown, 90 * MINUTE);
});

test('what is no longer watched is not missed', () => {
  const spans = spansOf([interval('up', 0, 10)], 100 * MINUTE, 100 * MINUTE);
  assert.deepEqual(
    spans.map(({ state, to }) => [state, to]),
    [['up', 10 * MINUTE]],
  );
});

test('an outage goes on through what lies in between, and is measured only if all of it was seen', () => {
  const outage = (...states: Standing[]) => {
    const intervals = states.map((state, n) => interval(state, n, n + 1)).filter(({ state }) => state !== 'unknown');
    return outagesOf(spansOf(intervals, 99 * MINUTE, 99 * MINUTE)).map(({ from, to, isMeasured, isOpen }) => {
      return `${from / MINUTE}–${to === null ? '?' : to / MINUTE}${isMeasured ? ' measured' : ''}${isOpen ? ' open' : ''}`;
    });
  };
  assert.deepEqual(outage('up', 'down', 'down', 'up'), ['1–3 measured']);
  assert.deepEqual(outage('up', 'down', 'unknown', 'down', 'up'), ['1–4']);
  assert.deepEqual(outage('up', 'down', 'unknown', 'up'), ['1–?']);
  assert.deepEqual(outage('up', 'down', 'maintenance', 'down', 'degraded'), ['1–4']);
  assert.deepEqual(outage('up', 'down', 'maintenance', 'up'), ['1–?']);
  assert.deepEqual(outage('down', 'up', 'down'), ['0–1', '2–? open']);
  assert.deepEqual(outage('up', 'unknown', 'down', 'up'), ['2–3']);
});

test('only failures that began in the period count, and of others only the time within it', () => {
  const intervals = [interval('up', 0, 10), interval('down', 10, 30), interval('up', 30, null)];
  const period = { since: 20 * MINUTE, until: 40 * MINUTE };
  const { failures, time, uptime } = figuresOf([spansOf(intervals, period.until, period.until)], period, 0, null);
  assert.equal(failures, 0);
  assert.equal(time.down, 10 * MINUTE);
  assert.equal(uptime, 0.5);
});

test('mean, median and p95 of known numbers', () => {
  assert.equal(spreadOf([]), null);
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
  assert.deepEqual(spreadOf(hundred), { count: 100, mean: 50.5, median: 50.5, p95: 95 });
  assert.deepEqual(spreadOf([7, 1, 3]), { count: 3, mean: 11 / 3, median: 3, p95: 7 });
});

/** Pieces of time, some of which nobody observed. */
const lines = fc
  .array(fc.record({ state: fc.constantFrom(...STANDINGS), gap: fc.nat(3), length: fc.nat(20), late: fc.nat(5) }), {
    maxLength: 12,
  })
  .map((pieces) => {
    let at = 0;
    return pieces.map(({ state, gap, length, late }) => {
      const from = at + gap;
      at = from + length;
      return interval(state, from, at, { knownAfter: late });
    });
  });

test('of any intervals: every moment is counted once, and shares are shares', () => {
  const moments = fc.tuple(fc.nat(200), fc.nat(200), fc.nat(200));
  const run = fc.property(lines, fc.boolean(), moments, (closed, isOpen, [a, b, seen]) => {
    const intervals = closed.map((one, at) => (isOpen && at === closed.length - 1 ? { ...one, to: null } : one));
    const period = { since: Math.min(a, b) * MINUTE, until: Math.max(a, b) * MINUTE };
    const last = intervals.at(-1);
    const observed = Math.max(seen * MINUTE, last?.from ?? 0);
    const spans = spansOf(intervals, observed, period.until);
    for (const [at, span] of spans.entries()) {
      assert.ok(span.to >= span.from && span.to <= period.until);
      if (at > 0) assert.equal(span.from, spans[at - 1]?.to, 'spans follow each other without gaps');
    }
    const { time, uptime, coverage, watched, failures, repair, detection, automatic, manual } = figuresOf(
      [spans],
      period,
      0,
      null,
    );
    const sum = Object.values(time).reduce((total, one) => total + one, 0);
    assert.equal(sum, watched);
    assert.ok(watched <= period.until - period.since);
    for (const share of [uptime, coverage]) assert.ok(share === null || (share >= 0 && share <= 1));
    assert.equal((automatic?.count ?? 0) + (manual?.count ?? 0), repair?.count ?? 0);
    assert.ok((repair?.count ?? 0) <= failures && (detection?.count ?? 0) <= failures);
    // What is said to be up lies in what somebody saw.
    const up = spans.filter(({ state }) => state === 'up' || state === 'degraded');
    assert.ok(up.every(({ to }) => to <= Math.max(observed, ...closed.map((one) => one.to ?? 0))));
  });
  fc.assert(run, { seed: SEED, numRuns: 500 });
});

test('of any intervals: two periods that meet hold the time of both together', () => {
  const run = fc.property(lines, fc.nat(150), fc.nat(150), fc.nat(150), (intervals, a, b, c) => {
    const [since = 0, middle = 0, until = 0] = [a, b, c].sort((x, y) => x - y).map((one) => one * MINUTE);
    const at = (period: { since: number; until: number }) =>
      figuresOf([spansOf(intervals, 1e9, until)], period, 0, null);
    const [first, second, whole] = [at({ since, until: middle }), at({ since: middle, until }), at({ since, until })];
    for (const state of STANDINGS) assert.equal(first.time[state] + second.time[state], whole.time[state]);
    assert.equal(first.failures + second.failures, whole.failures);
  });
  fc.assert(run, { seed: SEED, numRuns: 300 });
});

test('intervals of several subjects are told apart, each in order', () => {
  const other = { ...interval('up', 5, 6), subject: 'check:disk' as const };
  const sorted = bySubject([interval('up', 3, null), other, interval('down', 1, 3)]);
  assert.deepEqual([...sorted.keys()], ['service:web', 'check:disk']);
  assert.deepEqual(
    sorted.get('service:web')?.map(({ state }) => state),
    ['down', 'up'],
  );
});
