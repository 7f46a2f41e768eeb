/** Every cell of every table that can be visited is visited. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Coverage, ODD_MOMENTS, playScenario, SCENARIOS, simulate } from '../../src/sim/index.ts';
import { reachable, UNREACHABLE } from './unreachable.ts';

/** Enough for all cells, when taken together; beyond them, runs are tried in turn until none is missing. */
const FIRST_SEEDS = [
  1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 14, 16, 21, 22, 38, 41, 54, 76, 77, 110, 115, 124, 171, 1, 2, 4, 5, 7, 8, 10, 13, 19,
  21, 24, 28, 29, 30, 32, 45,
];
const MOST_RUNS = 600;

test('every cell that can be reached is visited', async (t) => {
  const coverage = new Coverage();
  for (const scenario of [...SCENARIOS, ODD_MOMENTS]) await playScenario(scenario, null, { tables: coverage.tables });
  const cells = reachable();
  const missing = (): string[] => cells.filter((cell) => coverage.visits.get(cell) === 0);
  let runs = 0;
  for (let seed = 1; runs < MOST_RUNS && missing().length > 0; seed += 1) {
    await simulate({ seed: FIRST_SEEDS[runs] ?? seed, faults: 50, tables: coverage.tables });
    runs += 1;
    await turn();
  }
  for (const machine of ['life', 'restart', 'health', 'watchdog', 'window']) {
    const own = cells.filter((cell) => cell.startsWith(`${machine}:`));
    const visits = own.map((cell) => coverage.visits.get(cell) ?? 0);
    const least = own[visits.indexOf(Math.min(...visits))] ?? '';
    t.diagnostic(`${machine}: ${own.length} cells visited, least often ${least} (${Math.min(...visits)})`);
  }
  t.diagnostic(`${runs} runs`);
  assert.deepEqual(missing(), []);
  const surprising = [...coverage.visits].filter(([cell, count]) => count > 0 && cell in UNREACHABLE);
  assert.deepEqual(surprising, [], 'declared as out of reach, and visited');
});
