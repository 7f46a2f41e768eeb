// Every service of the web stack (nginx, app, Redis, PostgreSQL, worker) is hit at random, again and again.
import type { Campaign } from '../scripts/campaign/run.ts';
import { HITS, SERVICES, hit, possible } from '../test/support/hits.ts';
import { randomFrom } from '../test/support/random.ts';
import { webStack } from '../test/support/web-stack.ts';

/** Hits of the whole campaign. */
const TIMES = 120;
const CELLS = SERVICES.flatMap((service) =>
  HITS.filter((how) => possible(service, how)).map((how) => ({ service, how })),
);

export const campaign: Campaign = {
  name: 'crash-matrix',
  what: 'Services of the web stack are killed, crashed, stopped, ended, and made to leave escaped children behind: each comes back alone, nothing of the old one lives, nothing is doubled, and down leaves nothing.',
  async run({ seed, scale, log }) {
    const random = randomFrom(seed);
    const stack = await webStack(log);
    const counts: Record<string, number> = {};
    const failures: string[] = [];
    try {
      await stack.system.succeeds('up', '-d');
      for (let time = 0; time < Math.max(3, Math.round(TIMES * scale)); time++) {
        const { service, how } = CELLS[random.below(CELLS.length)]!;
        counts[`${service}: ${how}`] = (counts[`${service}: ${how}`] ?? 0) + 1;
        await hit(stack, service, how).catch((error: unknown) => failures.push(`${service}, ${how}: ${String(error)}`));
      }
      await stack.system.succeeds('down');
      failures.push(...stack.system.leftovers().map((left) => `left behind: ${left}`));
      return { counts, failures };
    } finally {
      await stack.system.end();
    }
  },
};
