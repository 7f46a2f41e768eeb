import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadPlan } from '../../src/config/index.ts';
import { probesPerSecond } from '../../src/entry/daemon/compilers.ts';
import { CHECKS } from '../../src/registry/checks.ts';
import { temporaryDirectory } from '../host/store/temporary.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

test('probes are counted by their intervals, those of a service for each of its instances', async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'mainstay.yaml');
  writeFileSync(
    file,
    `services:
  quiet: { command: [sleep, "1"] }
  web: { command: [sleep, "1"], instances: 3, healthcheck: { exec: ["true"], interval: 500ms, timeout: 400ms } }
checks:
  site: { tcp: "127.0.0.1:80", interval: 4s, timeout: 1s }
`,
  );
  const { plan, problems } = await loadPlan({ file, env: {}, kinds: CHECKS });
  assert.deepEqual(problems, []);
  assert.equal(probesPerSecond(plan!), 6.25);
});
