// A twentieth of every campaign, each time with a fresh seed: SEED=N repeats one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadCampaigns, runCampaign } from '../scripts/campaign/run.ts';

const campaigns = await loadCampaigns(fileURLToPath(new URL('..', import.meta.url)));
const seed = process.env['SEED'] === undefined ? undefined : Number(process.env['SEED']);

describe('campaigns', () => {
  test('have names and say what they do', () => {
    for (const { name, what } of campaigns) assert.match(`${name}: ${what}`, /^[a-z][a-z-]*: \S.*$/);
  });
  for (const campaign of campaigns) {
    test(campaign.name, async (t) => {
      const lines: string[] = [];
      const result = await runCampaign(campaign, { seed, scale: 0.05, log: (line) => lines.push(line) });
      t.diagnostic(`${campaign.name}: seed ${String(result.seed)}, ${JSON.stringify(result.counts)}`);
      assert.deepEqual(result.failures, [], `repeat with SEED=${String(result.seed)}; log:\n${lines.join('\n')}`);
    });
  }
});
