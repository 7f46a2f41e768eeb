/** A twentieth of a campaign, each time with a fresh seed: SEED=N repeats one. A file for each, so that they run side by side. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadCampaigns, runCampaign } from '../../scripts/campaign/run.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const seed = process.env['SEED'] === undefined ? undefined : Number(process.env['SEED']);

/** Declares the test of one campaign. */
export function smallCampaign(name: string): void {
  test(name, async (t) => {
    const campaign = (await loadCampaigns(root)).find((one) => one.name === name);
    assert.ok(campaign !== undefined, `there is a campaign ${name}`);
    const lines: string[] = [];
    const result = await runCampaign(campaign, { seed, scale: 0.05, log: (line) => lines.push(line) });
    t.diagnostic(`${name}: seed ${String(result.seed)}, ${JSON.stringify(result.counts)}`);
    assert.deepEqual(result.failures, [], `repeat with SEED=${String(result.seed)}; log:\n${lines.join('\n')}`);
  });
}
