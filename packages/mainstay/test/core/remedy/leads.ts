/** Where the cells of the table of remedies lead, from a few sample states. */
import type { RemedyStep } from '../../../src/core/plan/index.ts';
import { INITIAL_REMEDY, stepRemedy, type RemedyEvent, type RemedyName } from '../../../src/core/remedy/index.ts';

const RESTART: RemedyStep = { do: 'restart', services: ['web'] };
const SIGNAL: RemedyStep = { do: 'signal', service: 'web', signal: 'SIGHUP' };

const EVENTS: readonly RemedyEvent[] = [
  { type: 'confirmed', level: 'fail' },
  { type: 'asked', level: 'fail' },
  { type: 'word', seq: 1, word: 'broken' },
  { type: 'word', seq: 1, word: 'silent' },
  { type: 'done', seq: 1 },
  { type: 'good' },
  { type: 'gap' },
];

/** Names of the states that an event can lead to. */
export function remedyLeads(name: string, type: string): string[] {
  const lists = [[RESTART], [SIGNAL], [RESTART, SIGNAL], []];
  return EVENTS.filter((one) => one.type === type).flatMap((event) =>
    lists.flatMap((fail) =>
      [0, 3].flatMap((rounds) =>
        [null, { reason: 'maintenance', tell: false }].map((hold) => {
          const state = { ...INITIAL_REMEDY, name: name as RemedyName, seq: 1, rounds };
          const context = { steps: { fail, warn: [] }, dryRun: false, now: 0, confirmMs: 1, settled: () => true };
          return stepRemedy(state, event, { ...context, hold: () => hold }).state.name;
        }),
      ),
    ),
  );
}
