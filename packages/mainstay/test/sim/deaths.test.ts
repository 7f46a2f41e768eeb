/** The daemon dies after each effect that anybody could notice in turn, and the next one makes of it what the first would have. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playScenario, playTwins, SCENARIOS } from '../../src/sim/index.ts';
import { keepSeed, keptSeeds, SEED } from './seeds.ts';

for (const scenario of SCENARIOS) {
  test(`${scenario.name}: the daemon dies at every effect in turn`, async (t) => {
    const undisturbed = await playScenario(scenario, null);
    assert.deepEqual(undisturbed.invariants.violations, []);
    const effects = undisturbed.deaths.noticeable();
    t.diagnostic(`${effects} effects that can be noticed`);
    const problems: string[] = [];
    for (let at = 1; at <= effects; at += 1) {
      const { invariants } = await playScenario(scenario, at);
      for (const one of invariants.violations) problems.push(`effect ${at}: ${one.invariant}: ${one.detail}`);
    }
    assert.deepEqual(problems, []);
  });
}

const TWIN_FAULTS = 30;

test('seeds whose twins once differed', async () => {
  for (const { seed, faults } of keptSeeds('twins')) {
    const { dying, living } = await playTwins({ seed, faults });
    assert.deepEqual(dying, living, `seed ${seed}`);
  }
});

test('with deaths of the daemon or without, it comes to the same', async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  for (let seed = SEED; seed < SEED + 8; seed += 1) {
    const { dying, living } = await playTwins({ seed, faults: TWIN_FAULTS });
    if (JSON.stringify(dying) !== JSON.stringify(living)) keepSeed('twins', seed, TWIN_FAULTS, 'the ends differ');
    assert.deepEqual(dying, living, `seed ${seed}`);
  }
});

test('a daemon that loses what the operator wants comes to something else', async () => {
  let differ = false;
  for (let seed = 1; seed < 30 && !differ; seed += 1) {
    const { dying, living } = await playTwins({
      seed,
      faults: TWIN_FAULTS,
      plant: (_sim, daemon) => {
        daemon.journal.intent = () => {};
      },
    });
    differ = JSON.stringify(dying) !== JSON.stringify(living);
  }
  assert.ok(differ);
});
