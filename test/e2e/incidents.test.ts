// One incident per root cause, with what it took with it; it survives the daemon, and is told when it is over.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { IncidentReport, JournalEvent } from '@mainstay/protocol';
import { look, signal } from '../support/processes.ts';
import { System } from '../support/system.ts';

const FILE = `
services:
  db:
    command: [sh, -c, "test ! -e broken || exit 3; exec sleep 86400"]
    restart_policy: { delay: 200ms, factor: 1, max_attempts: 10000 }
  web:
    command: [sleep, "86400"]
    depends_on: [db]
    healthcheck: { exec: [sh, -c, "test ! -e broken"], interval: 200ms, retries: 2 }
  other: { command: [sleep, "86400"] }
checks:
  site: { exec: [sh, -c, "test ! -e broken"], interval: 200ms, retries: 2, depends_on: [web] }
`;

const incidents = async (system: System): Promise<IncidentReport[]> =>
  JSON.parse(await system.succeeds('incidents', '--json')) as IncidentReport[];

test('a broken database is one incident with all that it took with it, from its first failure to its recovery', async (t) => {
  const system = new System(FILE);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  assert.match(await system.succeeds('incidents'), /no incidents/);
  const before = await system.pids();
  system.write('broken', '');
  signal(look(before['db/0'] ?? 0)!, 'SIGKILL');
  const only = async (): Promise<IncidentReport> => {
    const found = await incidents(system);
    assert.equal(found.length, 1, JSON.stringify(found, null, 2));
    return found[0] as IncidentReport;
  };
  await system.eventually('web is affected', async () =>
    (await incidents(system)).some(({ involved }) => involved.some(({ name }) => name === 'web')),
  );
  const open = await only();
  assert.deepEqual([open.state, open.cause, open.severity], ['open', 'db', 'critical']);
  assert.match(open.title, /SIGKILL/);
  assert.match((await system.mainstay('status')).stdout, /incident #1 for .*db/);

  const daemon = system.daemon()!;
  signal(daemon, 'SIGKILL');
  await system.eventually('another daemon runs', async () => (await system.answers()).daemon.pid !== daemon.pid);
  assert.deepEqual([(await only()).id, (await only()).state], [open.id, 'open'], 'the next daemon goes on with it');

  rmSync(join(system.folder, 'broken'));
  await system.eventually('it recovers', async () => (await only()).state === 'recovered');
  const recovered = await only();
  assert.equal(recovered.by, 'mainstay');
  assert.equal(recovered.first_failure_at, open.first_failure_at);
  assert.ok(recovered.involved.every(({ until }) => until !== null));
  assert.ok(!recovered.involved.some(({ name }) => name === 'other'));
  assert.ok(recovered.timeline.some(({ what }) => what === 'action'));
  const after = await system.pids();
  assert.deepEqual(
    [after['web/0'], after['other/0']],
    [before['web/0'], before['other/0']],
    'nothing else was restarted',
  );

  await system.succeeds('stop', 'web', 'db');
  await system.eventually('it is closed', async () => (await only()).state === 'closed');
  assert.match(await system.succeeds('incidents', '1'), /root cause {5}db[^]*affected {7}web[^]*done by mainstay/);
  assert.match(await system.succeeds('incidents', '--open'), /no incidents/);
  const events = (await system.ask<JournalEvent[]>('/api/v1/events?limit=1000')) ?? [];
  const told = events.filter(({ type }) => type.startsWith('incident.')).map(({ type }) => type);
  assert.deepEqual([told[0], told.at(-1)], ['incident.opened', 'incident.closed']);
  assert.equal(told.filter((type) => type !== 'incident.updated').length, 2);
  assert.match(await system.fails(1, 'incidents', '7'), /there is none/);
  await system.down();
});
