/** The real daemon through thousands of faults on a virtual machine: no invariant is ever violated. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from '../../src/sim/index.ts';
import { keepSeed, keptSeeds, SEED, traceCommand } from './seeds.ts';

const FAULTS_A_RUN = 50;
const FAULTS = 5_000;

async function play(seed: number, faults: number): Promise<{ faults: number; violated: string | null }> {
  const result = await simulate({ seed, faults });
  const [first] = result.violations;
  if (first === undefined) return { faults: result.faults, violated: null };
  const violated = `${first.invariant}: ${first.detail}`;
  return { faults: result.faults, violated: `seed ${seed}: ${violated}\ntrace it: ${traceCommand(seed, faults)}` };
}

test('seeds that failed once', async () => {
  for (const { seed, faults } of keptSeeds('faults')) {
    const { violated } = await play(seed, faults);
    assert.equal(violated, null, violated ?? '');
  }
});

test(`at least ${FAULTS} faults`, async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  let done = 0;
  const problems: string[] = [];
  for (let seed = SEED; done < FAULTS && problems.length < 3; seed += 1) {
    const { faults, violated } = await play(seed, FAULTS_A_RUN);
    done += faults;
    if (violated === null) continue;
    keepSeed('faults', seed, FAULTS_A_RUN, violated.split('\n')[0] ?? '');
    problems.push(violated);
  }
  t.diagnostic(`${done} faults`);
  assert.deepEqual(problems, []);
});

/** Runs in which something else runs a part of the system, and other people use that too. */
const FOREIGN_RUNS = 20;

test('nor where something else runs a part of it', async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  const problems: string[] = [];
  for (let seed = SEED; seed < SEED + FOREIGN_RUNS; seed += 1) {
    const { violations, kinds } = await simulate({ seed, faults: FAULTS_A_RUN, foreign: true });
    const [first] = violations;
    if (first !== undefined)
      problems.push(`seed ${seed} with foreign: ${first.invariant}: ${first.detail}; faults ${JSON.stringify(kinds)}`);
  }
  assert.deepEqual(problems, []);
});

test('a seed gives the same run again', async () => {
  const lines: string[][] = [[], []];
  for (const kept of lines) {
    await simulate({ seed: 7, faults: 20, trace: (line) => kept.push(line.replace(/pid \d+$/, '')) });
  }
  assert.ok((lines[0]?.length ?? 0) > 50);
  assert.deepEqual(lines[0], lines[1]);
});
