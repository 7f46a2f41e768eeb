import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { loadCampaigns } from '../../scripts/campaign/run.ts';
import { root } from './small.ts';

test('campaigns have names, say what they do, and are tested', async () => {
  const campaigns = await loadCampaigns(root);
  for (const { name, what } of campaigns) assert.match(`${name}: ${what}`, /^[a-z][a-z-]*: \S.*$/);
  const tested = globSync('test/campaigns/*.test.ts', { cwd: root }).map((path) => basename(path, '.test.ts'));
  assert.deepEqual(
    tested.toSorted(),
    ['all', ...campaigns.filter(({ byHand }) => byHand !== true).map(({ name }) => name)].toSorted(),
  );
});
