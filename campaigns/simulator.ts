// The real daemon on a virtual machine, through faults of every kind: no invariant is violated, every cell is visited.
import type { Campaign } from '../scripts/campaign/run.ts';
import {
  CHECK_EFFECTS,
  Coverage,
  EFFECT_KINDS,
  ODD_MOMENTS,
  playScenario,
  SCENARIOS,
  simulate,
  type PerEffect,
} from '../packages/mainstay/src/sim/index.ts';
import { reachable } from '../packages/mainstay/test/sim/unreachable.ts';

const FAULTS = 100_000;
const FAULTS_A_RUN = 50;
const EFFECTS = [...EFFECT_KINDS, ...CHECK_EFFECTS];
/** Below this many faults a cell, or a kind of effect that the daemon dies after, may be missed by chance. */
const ENOUGH_FOR_ALL = 50_000;
const DAY_MS = 86_400_000;

export const campaign: Campaign = {
  name: 'simulator',
  what: 'The real daemon on a virtual machine, every second one with checks of its own and every third one with services that something else runs, through faults of every kind, and dying after effects of every kind: no invariant is violated, every cell that can be reached is visited.',
  async run({ seed, scale, log }) {
    const coverage = new Coverage();
    const failures: string[] = [];
    const counts = { faults: 0, systems: 0, 'daemon lives': 0, starts: 0 };
    const effects: PerEffect = {};
    const deaths: PerEffect = {};
    let virtualMs = 0;
    // What is drawn hardly ever meets moments that last for milliseconds.
    for (const scenario of [...SCENARIOS, ODD_MOMENTS]) {
      const { invariants } = await playScenario(scenario, null, { tables: coverage.tables });
      for (const one of invariants.violations) failures.push(`${scenario.name}: ${one.invariant}: ${one.detail}`);
    }
    for (let run = seed; counts.faults < FAULTS * scale; run += 1) {
      const checks = counts.systems % 2 === 1;
      const foreign = counts.systems % 3 === 2;
      const result = await simulate({ seed: run, faults: FAULTS_A_RUN, tables: coverage.tables, checks, foreign });
      const [first] = result.violations;
      const which = `seed ${run}${checks ? ' with checks' : ''}${foreign ? ' with foreign' : ''}`;
      if (first !== undefined) failures.push(`${which}: ${first.invariant}: ${first.detail}`);
      counts.faults += result.faults;
      counts.systems += 1;
      counts['daemon lives'] += result.daemonLives;
      counts.starts += result.starts;
      add(effects, result.effects);
      add(deaths, result.deaths);
      virtualMs += result.virtualMs;
      if (counts.systems % 100 === 0) log(`${counts.faults} faults`);
    }
    const cells = reachable();
    const missed = cells.filter((cell) => (coverage.visits.get(cell) ?? 0) === 0);
    if (counts.faults >= ENOUGH_FOR_ALL) {
      failures.push(...missed.map((cell) => `never visited: ${cell}`));
      const spared = EFFECTS.filter((kind) => (deaths[kind] ?? 0) === 0);
      failures.push(...spared.map((kind) => `the daemon never died after: ${kind}`));
    }
    return {
      counts: {
        ...counts,
        effects: Object.values(effects).reduce((sum, one) => sum + one, 0),
        'virtual days': Math.round(virtualMs / DAY_MS),
        'cells visited': cells.length - missed.length,
        'cells that can be': cells.length,
        ...Object.fromEntries(EFFECTS.map((kind) => [`died after ${kind}`, deaths[kind] ?? 0])),
      },
      failures,
    };
  },
};

function add(sums: PerEffect, more: PerEffect): void {
  for (const kind of EFFECTS) sums[kind] = (sums[kind] ?? 0) + (more[kind] ?? 0);
}
