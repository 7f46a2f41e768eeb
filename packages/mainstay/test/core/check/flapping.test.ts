/** Flapping: Nagios' weighted window of 21 results. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeRate, flaps, remember, WINDOW } from '../../../src/core/check/index.ts';

const history = (letters: string): string => letters;

test('the newest of 20 changes weighs 1.25, the oldest 0.75', () => {
  const steady = 'p'.repeat(WINDOW - 1);
  assert.equal(changeRate(history(`${steady}f`)), 1.25 / 20);
  assert.equal(changeRate(history(`f${steady}`)), 0.75 / 20);
  assert.equal(changeRate(history(steady)), 0);
});

test('all changes together are everything', () => {
  assert.ok(Math.abs(changeRate(history('pf'.repeat(10) + 'p')) - 1) < 1e-12);
});

// From the documentation of Nagios, "Detection and Handling of State Flapping": 7 changes, of 20 possible ones.
test('changes that are spread evenly weigh one each', () => {
  const even = 'pppfffpppfffpppfffppp';
  assert.equal(even.length, WINDOW);
  assert.ok(Math.abs(changeRate(history(even)) - 6 / 20) < 0.01);
});

test('it starts at 20 % and ends at 5 %', () => {
  const rate = (letters: string): number => changeRate(history(letters));
  const few = `${'p'.repeat(15)}fppppf`;
  assert.ok(rate(few) > 0.05 && rate(few) < 0.2);
  assert.equal(flaps(few, false), false);
  assert.equal(flaps(few, true), true);
  const many = 'p'.repeat(16) + 'fpfpf';
  assert.ok(rate(many) >= 0.2);
  assert.equal(flaps(many, false), true);
  const calm = `f${'p'.repeat(20)}`;
  assert.equal(flaps(calm, true), false);
});

test('21 results are remembered, and unknown is none', () => {
  let letters = '';
  for (let n = 0; n < 50; n += 1) letters = remember(letters, n % 2 === 0 ? 'pass' : 'warn');
  assert.equal(letters.length, WINDOW);
  assert.equal(remember(letters, 'unknown'), letters);
  assert.equal(remember('', 'fail'), 'f');
});
