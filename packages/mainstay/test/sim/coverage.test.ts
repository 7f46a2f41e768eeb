/** Every cell of every table that can be visited is visited. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Coverage, ODD_MOMENTS, playScenario, SCENARIOS, simulate } from '../../src/sim/index.ts';
import { BY_CHANCE, reachable, UNREACHABLE } from './unreachable.ts';

/** Enough for all cells, when taken together; beyond them, runs are tried in turn until none is missing. */
const FIRST_SEEDS = [232, 237, 243, 248, 262, 265, 269, 293, 1014, 1, 5, 6, 7, 8, 24, 226];
/** The same for what is visited only where something else runs a part of the system. */
const FOREIGN_SEEDS = [1, 4, 6, 8, 19, 35, 38];
const MOST_RUNS = 600;

/** Visited only where something else runs a part of the system. */
const ABOUT_FOREIGN = /^life: \w+ × (appeared|release)$/;

test('every cell that can be reached is visited', async (t) => {
  const coverage = new Coverage();
  for (const scenario of [...SCENARIOS, ODD_MOMENTS]) await playScenario(scenario, null, { tables: coverage.tables });
  const cells = reachable().filter((cell) => !BY_CHANCE.has(cell));
  const missing = (): string[] => cells.filter((cell) => coverage.visits.get(cell) === 0);
  const others = (): string[] =>
    missing().filter((cell) => !/^(check|remedy):/.test(cell) && !ABOUT_FOREIGN.test(cell));
  let runs = 0;
  for (let seed = 1; runs < MOST_RUNS && others().length > 0; seed += 1) {
    await simulate({ seed: FIRST_SEEDS[runs] ?? seed, faults: 50, tables: coverage.tables });
    runs += 1;
    await turn();
  }
  for (let seed = 1; seed <= MOST_RUNS && missing().some((cell) => !ABOUT_FOREIGN.test(cell)); seed += 1) {
    await simulate({ seed, faults: 50, tables: coverage.tables, checks: true });
    runs += 1;
    await turn();
  }
  for (let run = 0; run < MOST_RUNS && missing().length > 0; run += 1) {
    const seed = FOREIGN_SEEDS[run] ?? run;
    await simulate({ seed, faults: 50, tables: coverage.tables, foreign: true });
    runs += 1;
    await turn();
  }
  for (const machine of ['life', 'restart', 'health', 'watchdog', 'window', 'check', 'remedy']) {
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
