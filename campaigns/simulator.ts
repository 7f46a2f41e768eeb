// The real daemon on a virtual machine, through faults of every kind: no invariant is violated, every cell is visited.
import type { Campaign } from '../scripts/campaign/run.ts';
import { Coverage, ODD_MOMENTS, playScenario, SCENARIOS, simulate } from '../packages/mainstay/src/sim/index.ts';
import { reachable } from '../packages/mainstay/test/sim/unreachable.ts';

const FAULTS = 100_000;
const FAULTS_A_RUN = 50;
/** Below this many faults a cell may be missed by chance. */
const ENOUGH_FOR_ALL_CELLS = 50_000;
const YEAR_MS = 365 * 86_400_000;

export const campaign: Campaign = {
  name: 'simulator',
  what: 'The real daemon on a virtual machine, through faults of every kind: no invariant is violated, every cell that can be reached is visited.',
  async run({ seed, scale, log }) {
    const coverage = new Coverage();
    const failures: string[] = [];
    const counts = { faults: 0, systems: 0, 'daemon lives': 0, starts: 0, effects: 0 };
    let virtualMs = 0;
    // What is drawn hardly ever meets moments that last for milliseconds.
    for (const scenario of [...SCENARIOS, ODD_MOMENTS]) {
      const { invariants } = await playScenario(scenario, null, { tables: coverage.tables });
      for (const one of invariants.violations) failures.push(`${scenario.name}: ${one.invariant}: ${one.detail}`);
    }
    for (let run = seed; counts.faults < FAULTS * scale; run += 1) {
      const result = await simulate({ seed: run, faults: FAULTS_A_RUN, tables: coverage.tables });
      const [first] = result.violations;
      if (first !== undefined) failures.push(`seed ${run}: ${first.invariant}: ${first.detail}`);
      counts.faults += result.faults;
      counts.systems += 1;
      counts['daemon lives'] += result.daemonLives;
      counts.starts += result.starts;
      counts.effects += result.effects;
      virtualMs += result.virtualMs;
      if (counts.systems % 100 === 0) log(`${counts.faults} faults`);
    }
    const cells = reachable();
    const missed = cells.filter((cell) => (coverage.visits.get(cell) ?? 0) === 0);
    if (counts.faults >= ENOUGH_FOR_ALL_CELLS) failures.push(...missed.map((cell) => `never visited: ${cell}`));
    const visited = cells.length - missed.length;
    const days = Math.round((virtualMs / YEAR_MS) * 365);
    return {
      counts: { ...counts, 'virtual days': days, 'cells visited': visited, 'cells that can be': cells.length },
      failures,
    };
  },
};
