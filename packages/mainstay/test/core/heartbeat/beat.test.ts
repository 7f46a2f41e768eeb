import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  judgeBeat,
  newBeat,
  pinged,
  renewed,
  shifted,
  unobserved,
  type Beat,
  type BeatState,
  type Ping,
  type Terms,
} from '../../../src/core/heartbeat/index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Every hour, ten minutes of grace, at most half an hour long. */
const TERMS: Terms = { next: (after) => after + HOUR, grace: 10 * MINUTE, longest: 30 * MINUTE };
const START = 1_767_225_600_000;

const ping = (signal: Ping['signal'], code: number | null = null): Ping => ({ signal, code, message: '' });
const stateAt = (beat: Beat, minutes: number): BeatState => judgeBeat(beat, TERMS, START + minutes * MINUTE).state;

test('new, missing, well, late, missing again: each from its moment on', () => {
  const fresh = newBeat(START);
  assert.deepEqual(
    [0, 60, 70].map((at) => stateAt(fresh, at)),
    ['new', 'new', 'new'],
  );
  assert.equal(stateAt(fresh, 70.01), 'missing');
  const reported = pinged(fresh, ping('success'), START + 80 * MINUTE);
  assert.deepEqual(
    [80, 140, 140.01, 150, 150.01].map((at) => stateAt(reported, at)),
    ['well', 'well', 'late', 'late', 'missing'],
  );
});

test('a failure lasts until it succeeds, also while it runs again; its duration is known', () => {
  let beat = pinged(newBeat(START), ping('start'), START);
  beat = pinged(beat, ping('fail', 3), START + 5 * MINUTE);
  assert.deepEqual(beat.last, { signal: 'fail', at: START + 5 * MINUTE, code: 3, message: '', tookMs: 5 * MINUTE });
  assert.deepEqual([stateAt(beat, 6), stateAt(beat, 600)], ['failed', 'failed']);
  beat = pinged(beat, ping('start'), START + 60 * MINUTE);
  assert.equal(stateAt(beat, 61), 'failed');
  beat = pinged(beat, ping('success', 0), START + 62 * MINUTE);
  assert.deepEqual([stateAt(beat, 62), beat.last?.tookMs], ['well', 2 * MINUTE]);
});

test('what runs too long is overdue, unless nobody saw whether it ended', () => {
  const beat = pinged(pinged(newBeat(START), ping('success'), START), ping('start'), START + MINUTE);
  assert.deepEqual([stateAt(beat, 31), stateAt(beat, 31.01)], ['well', 'overdue']);
  const slept = unobserved(beat, START + 5 * MINUTE, START + 20 * MINUTE);
  assert.deepEqual([stateAt(slept, 49), stateAt(slept, 50.01)], ['well', 'overdue']);
});

test('a gap gives one fresh period if a report was to be expected in it, and none otherwise', () => {
  const beat = pinged(newBeat(START), ping('success'), START);
  const gapAt = (from: number, to: number): Beat => unobserved(beat, START + from * MINUTE, START + to * MINUTE);
  // Long before it is due: nothing was missed.
  assert.deepEqual([stateAt(gapAt(10, 40), 70), stateAt(gapAt(10, 40), 71)], ['late', 'missing']);
  // Around the time at which it is due, give or take the grace.
  for (const [from, to] of [
    [45, 50],
    [58, 59],
    [65, 66],
    [70, 200],
    [10, 500],
  ] as const) {
    const gap = gapAt(from, to);
    assert.deepEqual([stateAt(gap, to + 1), stateAt(gap, to + 70), stateAt(gap, to + 71)], ['well', 'late', 'missing']);
  }
  // It was missing before.
  assert.equal(stateAt(gapAt(71, 100), 101), 'missing');
  // The next report ends all that.
  const after = pinged(gapAt(58, 59), ping('success'), START + 90 * MINUTE);
  assert.deepEqual([after.gaps, stateAt(after, 161)], [[], 'missing']);
});

test('a schedule counts from its own moments', () => {
  const day = 24 * HOUR;
  const terms: Terms = { next: (after) => (Math.floor(after / day) + 1) * day, grace: HOUR, longest: null };
  const midnight = Math.floor(START / day) * day;
  const beat = pinged(newBeat(midnight), ping('success'), midnight + 20 * MINUTE);
  const state = (at: number): BeatState => judgeBeat(beat, terms, midnight + at).state;
  assert.deepEqual(
    [state(23 * HOUR), state(day + 1), state(day + HOUR), state(day + HOUR + 1)],
    ['well', 'late', 'late', 'missing'],
  );
  assert.equal(judgeBeat(beat, { ...terms, next: () => null }, midnight + 365 * day).state, 'well', 'never due again');
});

test('another schedule means a fresh period; a clock that is set back changes no distance', () => {
  const beat = pinged(pinged(newBeat(START), ping('success'), START), ping('start'), START + MINUTE);
  assert.equal(stateAt(renewed(beat, START + 65 * MINUTE), 70), 'overdue');
  const ended = pinged(newBeat(START), ping('success'), START);
  assert.equal(stateAt(renewed(ended, START + 65 * MINUTE), 100), 'well');
  const back = shifted(unobserved(beat, START + 2, START + 3), -HOUR);
  assert.deepEqual(judgeBeat(back, TERMS, START - HOUR + 31.01 * MINUTE).state, 'overdue');
});

test('whoever reports regularly is never missing, however often nobody observes', () => {
  const steps = fc.array(
    fc.record({ ms: fc.integer({ min: 50 * MINUTE, max: 70 * MINUTE }), gap: fc.boolean(), heard: fc.boolean() }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (walk) => {
      let beat = pinged(newBeat(START), ping('success'), START);
      let now = START;
      for (const { ms, gap, heard } of walk) {
        const from = now;
        now += ms;
        // In a gap the job reports, and nobody hears it.
        if (gap) beat = unobserved(beat, from, now);
        const { state } = judgeBeat(beat, TERMS, now);
        assert.ok(state === 'well' || state === 'late', `${state} ${JSON.stringify(beat)}`);
        if (!gap || heard) beat = pinged(beat, ping('success'), now);
      }
    }),
  );
});
