// Every cell of every table is made wrong, in each of several ways: the lists and rules or the simulator must notice.
import { setImmediate as turn } from 'node:timers/promises';
import type { Campaign } from '../scripts/campaign/run.ts';
import { mutants } from '../packages/mainstay/test/core/mutants.ts';
import { listsNotice, simulatorNotices } from '../packages/mainstay/test/core/noticing.ts';
import { UNSEEN_BY_LISTS, unseenBySimulator } from '../packages/mainstay/test/core/survivors.ts';

/** Runs of the simulator against each mutant, beside its scenarios. */
const RUNS = 5;

export const campaign: Campaign = {
  name: 'mutations',
  what: 'Every cell of every table is made wrong, in each of several ways: the lists and rules or the simulator must notice. How many the simulator, which knows nothing of cells, notices alone is counted.',
  async run({ seed, scale, log }) {
    const failures: string[] = [];
    const notes: string[] = [];
    const counts = {
      mutants: 0,
      'same program': 0,
      'noticed by lists': 0,
      'in reach of the simulator': 0,
      'noticed by it': 0,
    };
    const seeds = Array.from({ length: RUNS }, (_, n) => seed + n);
    const every = Math.max(1, Math.round(1 / scale));
    for (const [index, { name, tables }] of mutants().entries()) {
      if (index % every !== seed % every) continue;
      await turn();
      counts.mutants += 1;
      if (counts.mutants % 50 === 0) log(`${counts.mutants} mutants`);
      if (UNSEEN_BY_LISTS.includes(name)) {
        counts['same program'] += 1;
        notes.push(`the same program: ${name}`);
        continue;
      }
      const listed = listsNotice(tables);
      if (listed) counts['noticed by lists'] += 1;
      const inReach = unseenBySimulator(name) === null;
      if (inReach) counts['in reach of the simulator'] += 1;
      const played = inReach && (await simulatorNotices(tables, seeds));
      if (played) counts['noticed by it'] += 1;
      else if (inReach) notes.push(`not noticed by the simulator: ${name}`);
      if (!listed && !played) failures.push(`not noticed: ${name}`);
    }
    return { counts, failures, notes };
  },
};
