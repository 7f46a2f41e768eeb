/** What is run against a mutant: the lists of cells, the rules of health, and the simulator. */
import { readFileSync } from 'node:fs';
import { allCells } from './life/cells.ts';
import { rollCells } from './rolling/cells.ts';
import { Play, type Move } from './health/model.ts';
import type { Tables } from '../../src/core/coordinator/index.ts';
import { stepRestart, INITIAL_RESTART, type RestartEvent, type RestartName } from '../../src/core/restart/index.ts';
import { stepWatchdog, type WatchdogEvent } from '../../src/core/watchdog/index.ts';
import { stepMemory, type MemoryEvent, type MemoryName } from '../../src/core/memory/index.ts';
import { stepWindow, type WindowEvent, type WindowName } from '../../src/core/maintenance/index.ts';
import { OBSERVATIONS } from '@mainstay/protocol';
import { REMEDY_NAMES, INITIAL_REMEDY, stepRemedy, type RemedyEvent } from '../../src/core/remedy/index.ts';
import type { RemedyStep } from '../../src/core/plan/index.ts';
import { CHECK_NAMES, initialCheck, stepCheck, type CheckEvent } from '../../src/core/check/index.ts';
import { TABLES } from '../../src/core/coordinator/index.ts';
import { ODD_MOMENTS, playScenario, SCENARIOS, SeededRandom, servicePlan, simulate } from '../../src/sim/index.ts';

/** The lists and rules that are there for single cells: whether one of them notices that these tables are wrong. */
export function listsNotice(tables: Tables): boolean {
  if (cellsOf(tables).some((line, at) => line !== REVIEWED[at])) return true;
  return tables.health !== TABLES.health && healthRulesNotice(tables);
}

/** The simulator: the scenarios, then runs from fixed seeds until one of them notices. */
export async function simulatorNotices(tables: Tables, seeds: readonly number[]): Promise<boolean> {
  try {
    for (const scenario of [...SCENARIOS, ODD_MOMENTS]) {
      if ((await playScenario(scenario, null, { tables })).invariants.violations.length > 0) return true;
    }
    const checks = tables.check !== TABLES.check;
    for (const seed of seeds) {
      if ((await simulate({ seed, faults: 50, tables, checks })).violations.length > 0) return true;
    }
    return false;
  } catch {
    return true;
  }
}

const at = (now: number): { policy: ReturnType<typeof servicePlan>['restartPolicy']; now: number; random: number } => ({
  policy: { ...servicePlan('s').restartPolicy, maxAttempts: 2, jitter: 0 },
  now,
  random: 0.5,
});

/** What every cell makes of a few states, and whether it may come at all: the lines of the reviewed lists. */
export function cellsOf(tables: Tables): string[] {
  const restartEvents: RestartEvent[] = [
    { type: 'failed', uptime: 0 },
    { type: 'failed', uptime: 1e9 },
    { type: 'cooled' },
    { type: 'reset' },
  ];
  const restart = (['closed', 'counting', 'open', 'trial'] satisfies RestartName[]).flatMap((name) =>
    restartEvents.map((event) =>
      stepRestart(
        { ...INITIAL_RESTART, name, attempts: [900, 950], streak: 2, restarts: 2 },
        event,
        at(1_000),
        tables.restart,
      ),
    ),
  );
  const watchdog = (['off', 'armed'] as const).flatMap((name) =>
    (['arm', 'ping', 'due', 'disarm'] satisfies WatchdogEvent['type'][]).map((type) =>
      stepWatchdog({ name, last: 5, due: 105 }, { type }, { now: 110, period: 100 }, tables.watchdog),
    ),
  );
  const windowEvents: WindowEvent[] = [{ type: 'tick' }, { type: 'end' }, { type: 'shift', byMs: 5_000 }];
  const own = { id: 'w', services: [], reason: 'r', owner: 'o', from: 0, until: 90_000, source: 'operator' as const };
  const window = (['open', 'over'] satisfies WindowName[]).flatMap((name) =>
    windowEvents.map((event) => stepWindow({ name, window: own }, event, 1_000, tables.window)),
  );
  const memoryEvents: MemoryEvent[] = [
    { type: 'measured', bytes: 5 },
    { type: 'measured', bytes: 15 },
    { type: 'reset' },
  ];
  const memory = (['under', 'over'] satisfies MemoryName[]).flatMap((name) =>
    memoryEvents.map((event) =>
      stepMemory({ name, samples: name === 'over' ? 2 : 0 }, event, { limit: 10 }, tables.memory),
    ),
  );
  const settings = { interval: 1_000, retries: 2, successes: 2, startPeriod: 0, startInterval: 100 };
  const checkEvents: CheckEvent[] = [
    { type: 'begin', phase: 0.25 },
    { type: 'hold', reason: 'other' },
    ...OBSERVATIONS.map((status) => ({ type: 'observed' as const, run: 7, status, message: 'm' })),
    { type: 'observed', run: 6, status: 'fail', message: 'old' },
    { type: 'gap', phase: 0.5 },
    { type: 'changed', phase: 0.5 },
  ];
  const then = { mono: 5, wall: 50 };
  const counted = {
    failures: 1,
    troubles: 1,
    passes: 1,
    goods: 1,
    unknowns: 1,
    firstTroubleAt: then,
    firstGoodAt: then,
  };
  const check = CHECK_NAMES.flatMap((name) =>
    checkEvents.map((event) =>
      stepCheck(
        { ...initialCheck(then), ...counted, name, run: 7, phase: 0.25, history: 'pf', flapping: true },
        event,
        { settings, now: { mono: 1_100, wall: 1_200 } },
        tables.check,
      ),
    ),
  );
  const small = { restart, watchdog, window, memory, check, remedy: remedySteps(tables) };
  const lines = Object.entries(small).flatMap(([name, steps]) =>
    steps.map((step) => `${name} ${JSON.stringify(step)}`),
  );
  return [...allCells(tables.life), ...lines, ...rollCells(tables.roll), ...kindsOf(tables)];
}

const REMEDY_EVENTS: readonly RemedyEvent[] = [
  { type: 'confirmed', level: 'fail' },
  { type: 'confirmed', level: 'warn' },
  { type: 'asked', level: 'fail' },
  { type: 'word', seq: 3, word: 'broken' },
  { type: 'word', seq: 3, word: 'silent' },
  { type: 'word', seq: 2, word: 'broken' },
  { type: 'done', seq: 3 },
  { type: 'done', seq: 2 },
  { type: 'good' },
  { type: 'gap' },
];

/** Each event in each state: of a list of two steps at its beginning and at its end, and where nothing may be done. */
function remedySteps(tables: Tables): ReturnType<typeof stepRemedy>[] {
  const restart: RemedyStep = { do: 'restart', services: ['web'] };
  const signal: RemedyStep = { do: 'signal', service: 'web', signal: 'SIGHUP' };
  const context = { dryRun: false, now: 1_000, confirmMs: 100, settled: () => true };
  return REMEDY_NAMES.flatMap((name) =>
    REMEDY_EVENTS.flatMap((event) =>
      [0, 1].flatMap((at) =>
        [null, { reason: 'maintenance', tell: false }].map((hold) =>
          stepRemedy(
            { ...INITIAL_REMEDY, name, step: at, rounds: 1 + at, seq: 3, restUntil: 1_000 + at },
            event,
            { ...context, steps: { fail: [restart, signal], warn: [signal] }, hold: () => hold },
            tables.remedy,
          ),
        ),
      ),
    ),
  );
}

/** Which cells are ignored, and which impossible: they differ for the journal alone. */
function kindsOf(tables: Tables): string[] {
  return Object.entries(tables).flatMap(([machine, table]) =>
    Object.entries(table as Record<string, Record<string, unknown>>).flatMap(([state, row]) =>
      Object.entries(row).map(([event, cell]) => `${machine}: ${state} × ${event}: ${kindOf(cell)}`),
    ),
  );
}

function kindOf(cell: unknown): string {
  if (typeof cell === 'function') return 'step';
  if (typeof cell !== 'object' || cell === null) return '?';
  return 'kind' in cell ? String(cell.kind) : Object.keys(cell).join(' ');
}

const GOLDEN = new URL('../../../../test/golden/', import.meta.url);
export const SMALL_CELLS = new URL('small-cells.txt', GOLDEN);
const linesOf = (file: URL): string[] => readFileSync(file, 'utf8').trimEnd().split('\n');
/** The reviewed lists: of the life of an instance, and of the small machines. */
const REVIEWED = [...linesOf(new URL('life-cells.txt', GOLDEN)), ...linesOf(SMALL_CELLS)];

/** Plays every event in every mode, many times, against the rules of health. */
function healthRulesNotice(tables: Tables): boolean {
  const random = new SeededRandom(1);
  try {
    for (let round = 0; round < 60; round += 1) {
      const play = new Play(undefined, tables.health);
      for (let n = 0; n < 60; n += 1) play.move(drawMove(random, play));
    }
    return false;
  } catch {
    return true;
  }
}

function drawMove(random: SeededRandom, play: Play): Move {
  const what = random.between(0, 12);
  if (what === 0) return { do: 'start' };
  if (what === 1) return { do: 'stop' };
  if (what === 2) return { do: random.pick(['resume', 'resume-other'] as const) };
  if (what === 3) return { do: 'configure', settings: { ...play.state.settings, interval: random.between(1, 5_000) } };
  return { do: 'observe', status: random.pick(['pass', 'pass', 'warn', 'fail', 'fail', 'fail', 'unknown'] as const) };
}
