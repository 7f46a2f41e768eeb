import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { HEALTH_EVENTS, HEALTH_MODES, HEALTH_TABLE, initialHealth, step } from '../../../src/core/health/index.ts';
import type { HealthSettings, HealthTable } from '../../../src/core/health/index.ts';
import { Play, SETTINGS } from './model.ts';
import type { Move } from './model.ts';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`health: SEED=${seed}`);

const settings: fc.Arbitrary<HealthSettings> = fc.record({
  interval: fc.integer({ min: 1, max: 5000 }),
  retries: fc.integer({ min: 1, max: 4 }),
  successes: fc.integer({ min: 1, max: 3 }),
  startPeriod: fc.integer({ min: 0, max: 3000 }),
  startInterval: fc.integer({ min: 20, max: 1000 }),
});
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('observe' as const),
      status: fc.constantFrom('pass' as const, 'warn' as const, 'fail' as const, 'fail' as const, 'unknown' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('start' as const, 'stop' as const, 'wait' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('resume' as const, 'resume-other' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('configure' as const), settings }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('observe-stale' as const),
      what: fc.constantFrom('incarnation' as const, 'run' as const),
    }),
  },
);

const moves = fc.array(move, { maxLength: 80, size: 'max' });

function playAll(table: HealthTable, at: { seed: number; runs: number }): Set<string> {
  const seen = new Set<string>();
  fc.assert(
    fc.property(settings, moves, (chosen, played) => {
      const play = new Play(chosen, table);
      for (const next of played) play.move(next);
      for (const cell of play.seen) seen.add(cell);
    }),
    { seed: at.seed, numRuns: at.runs, endOnFailure: true },
  );
  return seen;
}

test('every step obeys the rules, and every cell is visited', () => {
  const seen = playAll(HEALTH_TABLE, { seed, runs: 2000 });
  const cells = HEALTH_MODES.flatMap((mode) => HEALTH_EVENTS.map((event) => `${mode} × ${event}`));
  assert.deepEqual([...seen].sort(), cells.sort());
});

test('moves lead only where the table says', () => {
  fc.assert(
    fc.property(settings, moves, (chosen, played) => {
      const table = structuredClone(Object.fromEntries(HEALTH_MODES.map((mode) => [mode, targets(mode)])));
      const play = new Play(chosen);
      for (const next of played) {
        const before = play.state.mode;
        play.move(next);
        assert.ok(
          before === play.state.mode || table[before]!.includes(play.state.mode),
          `${before} → ${play.state.mode}`,
        );
      }
    }),
    { seed, numRuns: 500 },
  );
});

function targets(mode: (typeof HEALTH_MODES)[number]): string[] {
  return Object.values(HEALTH_TABLE[mode]).flatMap((cell) => (cell.kind === 'go' ? [...cell.to] : ['trying']));
}

test('the rules notice a change of any one cell', () => {
  const survivors: string[] = [];
  for (const mode of HEALTH_MODES) {
    for (const event of HEALTH_EVENTS) {
      const cell = HEALTH_TABLE[mode][event];
      const mutants =
        cell.kind === 'ignore'
          ? [HEALTH_TABLE.trying.stopped, HEALTH_TABLE.trying.started]
          : [{ kind: 'ignore', reason: 'mutant' }, HEALTH_TABLE.trying[event === 'stopped' ? 'configured' : 'stopped']];
      for (const [index, mutant] of mutants.entries()) {
        const table = { ...HEALTH_TABLE, [mode]: { ...HEALTH_TABLE[mode], [event]: mutant } } as HealthTable;
        try {
          playAll(table, { seed, runs: 300 });
          survivors.push(`${mode} × ${event} #${index}`);
        } catch {
          // noticed
        }
      }
    }
  }
  // Nothing is watched while idle, so every result is already turned away as one of an older incarnation.
  assert.deepEqual(survivors, ['idle × observed #0', 'idle × observed #1']);
});

/** Plays on until the mode is another one; answers how much time that took. */
function until(play: Play, status: 'pass' | 'fail', limit = 1000): number {
  const from = play.now;
  const mode = play.state.mode;
  for (let count = 0; count < limit && play.state.mode === mode; count += 1) play.move({ do: 'observe', status });
  return play.now - from;
}

test('a service that never passes is unhealthy after start_period + retries × interval, however short start_interval is', () => {
  fc.assert(
    fc.property(settings, (chosen) => {
      const play = new Play(chosen);
      play.move({ do: 'start' });
      const took = until(play, 'fail', 100_000);
      assert.equal(play.state.mode, 'unhealthy');
      const patience = chosen.startPeriod + chosen.retries * chosen.interval;
      assert.ok(took >= patience, `${took} >= ${patience}`);
      assert.ok(took <= patience + chosen.retries * chosen.startInterval, `${took} is too late for ${patience}`);
    }),
    { seed, numRuns: 200 },
  );
});

test('readiness is seen after as many passes as are wanted, at start_interval', () => {
  const play = new Play({ ...SETTINGS, successes: 3 });
  play.move({ do: 'start' });
  assert.equal(until(play, 'pass'), 50 + 2 * 100);
  assert.equal(play.state.mode, 'healthy');
});

test('a single failure between passes confirms nothing; a row of them does, dated back to its first', () => {
  const play = new Play();
  play.move({ do: 'start' });
  until(play, 'pass');
  for (const status of ['fail', 'fail', 'pass', 'fail', 'unknown'] as const) play.move({ do: 'observe', status });
  assert.equal(play.state.mode, 'healthy');
  const first = play.state.firstFailureAt;
  until(play, 'fail');
  assert.equal(play.state.mode, 'unhealthy');
  assert.equal(play.state.firstFailureAt, first);
  assert.deepEqual(play.effects.slice(0, 2), [
    { type: 'health', health: 'unhealthy', reason: 'seen', firstAt: first },
    { type: 'failed', reason: 'seen', again: false },
  ]);
});

test('what could not be repaired is asked for again after each further row of failures', () => {
  const play = new Play();
  play.move({ do: 'start' });
  until(play, 'fail');
  const asked: number[] = [];
  for (let count = 1; count <= 7; count += 1) {
    play.move({ do: 'observe', status: 'fail' });
    if (play.effects.some((effect) => effect.type === 'failed' && effect.again)) asked.push(count);
  }
  assert.deepEqual(asked, [3, 6]);
});

test('a state survives being stored as JSON', () => {
  const play = new Play();
  play.move({ do: 'start' });
  until(play, 'pass');
  const stored = JSON.parse(JSON.stringify(play.state)) as typeof play.state;
  assert.deepEqual(stored, play.state);
  const { state } = step(stored, { type: 'resumed', incarnation: 1, phase: 0 }, play.now);
  assert.equal(state.mode, 'healthy');
  assert.equal(initialHealth(SETTINGS, 0).mode, 'idle');
});
