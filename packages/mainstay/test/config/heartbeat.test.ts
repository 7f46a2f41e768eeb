/** Kinds to which others report: a check of its own, and one result counts. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { formatProblem, loadPlan } from '../../src/config/index.ts';
import { CHECKS } from '../../src/registry/checks.ts';

async function load(yaml: string) {
  const directory = mkdtempSync(path.join(tmpdir(), 'mainstay-config-'));
  try {
    const file = path.join(directory, 'mainstay.yaml');
    writeFileSync(file, yaml);
    const { plan, problems } = await loadPlan({ file, env: {}, kinds: CHECKS });
    return { plan, problems: problems.map((one) => formatProblem(one).replaceAll(`${directory}/`, '')) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('one result counts where nothing else is written, for this kind alone', async () => {
  const { plan, problems } = await load(`
services: { web: { command: app } }
checks:
  a: { heartbeat: 24h }
  b: { heartbeat: { schedule: "0 3 * * *", grace: 2h, longest: 1h }, retries: 2 }
  c: { heartbeat: 1h, grace: 5m, fail: { of: duration, above: 10m } }
  d: { file: /x }
`);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    plan?.checks.map(({ retries }) => retries),
    [1, 2, 1, 3],
  );
  assert.deepEqual(
    plan?.checks.slice(0, 3).map(({ target }) => target),
    [
      { every: 86_400_000 },
      { schedule: '0 3 * * *', grace: 7_200_000, longest: 3_600_000 },
      { every: 3_600_000, grace: 300_000 },
    ],
  );
});

test('it is no healthcheck, and what cannot be is told where it stands', async () => {
  const { problems } = await load(`services:
  web: { command: app, healthcheck: { heartbeat: 1m } }
checks:
  a: { heartbeat: { grace: 1h } }
  b: { heartbeat: { every: 1h, schedule: "0 3 * * *" } }
  c: { heartbeat: { schedule: tomorrow } }
  d: { heartbeat: 0s }
`);
  assert.deepEqual(
    problems.map((problem) => problem.replace('cannot read mainstay.yaml:', '')),
    [
      '2:39: services.web.healthcheck.heartbeat: heartbeat is no healthcheck; write it below checks, with depends_on',
      '4:19: checks.a.heartbeat: needs every or schedule, and not both',
      '5:19: checks.b.heartbeat: needs every or schedule, and not both',
      '6:31: checks.c.heartbeat.schedule: must be a cron expression of five fields, for example "0 3 * * *"',
      '7:19: checks.d.heartbeat: must be longer than 0',
    ],
  );
});
