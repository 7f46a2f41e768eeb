// What a check has done: the hung service and no other, the directory and nothing beside it, and nothing that an operator stopped.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CrashBundle, IncidentReport, JournalEvent } from '@mainstay/protocol';
import { servers } from '../../scripts/servers.mjs';
import { freePorts } from '../support/ports.ts';
import { look, signal } from '../support/processes.ts';
import { System } from '../support/system.ts';

const events = async (system: System): Promise<JournalEvent[]> =>
  (await system.ask<JournalEvent[]>('/api/v1/events?limit=1000')) ?? [];

const messages = async (system: System, type: JournalEvent['type']): Promise<string[]> =>
  (await events(system)).filter((event) => event.type === type).map(({ message }) => message);

const server = (port: number): string =>
  `[${process.execPath}, -e, "require('http').createServer((q,r)=>r.end('ok')).listen(${port},'127.0.0.1')"]`;

test('a hung service behind an http check is restarted, with evidence, and nothing else is', async (t) => {
  const [port = 0] = await freePorts(1);
  const system = new System(`
services:
  web: { command: ${server(port)} }
  other: { command: [sleep, "86400"] }
checks:
  site:
    http: "http://127.0.0.1:${port}/"
    interval: 300ms
    timeout: 1s
    start_period: 1m
    retries: 2
    on_failure: { restart: web }
`);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  await system.eventually('the site passes', async () =>
    (await system.answers()).checks.some(({ status }) => status === 'pass'),
  );
  const before = await system.pids();
  const hung = look(before['web/0'] ?? 0)!;
  signal(hung, 'SIGSTOP');
  await system.replaced('web', hung.pid);
  await system.eventually('it helped', async () => (await messages(system, 'remedy.helped')).length > 0);
  assert.equal((await system.pids())['other/0'], before['other/0']);
  const [action] = await messages(system, 'remedy.action');
  assert.match(action ?? '', /^site: restart web \(.*process \d+ is stopped/);
  const found = globSync(join(system.stateDir, 'crashes/web/*.json'));
  const bundle = JSON.parse(system.read(found[0]!.slice(system.folder.length))) as CrashBundle;
  assert.equal(bundle.evidence?.processes[0]?.state, 'T');
  assert.match(
    await system.succeeds('explain', 'web'),
    /before it was ended: process \d+ is stopped[^]*stopped by a signal/,
  );
  const incidents = JSON.parse(await system.succeeds('incidents', '--json')) as IncidentReport[];
  assert.equal(incidents.length, 1, JSON.stringify(incidents, null, 1));
  assert.ok(incidents[0]?.timeline.some(({ what, text }) => what === 'action' && text.startsWith('site: restart web')));
  assert.match(await system.succeeds('explain', 'site'), /when it fails: restart web/);
  await system.down();
});

test('a broken dependency is repaired, and what needs it is left alone', async (t) => {
  const { programs, env } = await servers(['redis']);
  const [redis = 0, port = 0] = await freePorts(2);
  const variables = Object.entries(env).filter(([name]) => name === 'LD_LIBRARY_PATH');
  const system = new System(`
services:
  redis:
    command: ["${programs['redis-server']}", --port, "${redis}", --save, "", --dir, "."]
    environment: ${JSON.stringify(Object.fromEntries(variables))}
    healthcheck: { redis: "redis://127.0.0.1:${redis}", interval: 300ms, timeout: 1s, retries: 3, start_period: 10s }
  web:
    command: ${server(port)}
    depends_on: [redis]
    healthcheck: { redis: "redis://127.0.0.1:${redis}", interval: 300ms, timeout: 500ms, retries: 1, start_period: 10s }
checks:
  site: { redis: "redis://127.0.0.1:${redis}", interval: 300ms, timeout: 500ms, retries: 1, on_failure: { restart: web } }
`);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  await system.eventually(
    'all pass',
    async () => (await system.answers()).checks.filter(({ status }) => status === 'pass').length === 3,
  );
  const before = await system.pids();
  signal(look(before['redis/0'] ?? 0)!, 'SIGSTOP');
  await system.replaced('redis', before['redis/0'] ?? 0);
  await system.eventually('all is well again', async () =>
    (await system.answers()).checks.every(({ status }) => status === 'pass'),
  );
  assert.equal((await system.pids())['web/0'], before['web/0']);
  await system.down();
});

test('a directory is cleaned of what is old; what is open, a link or elsewhere stays', async (t) => {
  const system = new System(`
checks:
  uploads:
    directory: tmp
    interval: 300ms
    retries: 2
    warn: { of: size, above: 100b }
    on_warn: { clean: { older_than: 2s } }
`);
  t.after(() => system.end());
  const at = (name: string): string => join(system.folder, name);
  for (const name of ['tmp', 'elsewhere']) mkdirSync(at(name));
  for (const name of ['tmp/old', 'tmp/held', 'elsewhere/precious']) writeFileSync(at(name), 'x'.repeat(200));
  symlinkSync(at('elsewhere'), at('tmp/link'));
  const held = openSync(at('tmp/held'), 'r');
  const holder = spawn('sleep', ['86400'], { stdio: ['ignore', 'ignore', 'ignore', held] });
  t.after(() => holder.kill('SIGKILL'));
  await system.succeeds('up', '-d');
  await system.eventually('it is cleaned', () => !existsSync(at('tmp/old')));
  assert.ok([at('tmp/held'), at('tmp/link'), at('elsewhere/precious')].every((path) => existsSync(path)));
  await system.eventually('it is told', async () =>
    (await messages(system, 'remedy.result')).some((line) =>
      /deleted 1 file, 200 bytes; 1 stay because they are open/.test(line),
    ),
  );
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await system.down();
});

test('what an operator stopped stays stopped, and a program that is run is told why', async (t) => {
  const [port = 0] = await freePorts(1);
  const system = new System(`
services:
  web: { command: ${server(port)} }
checks:
  site:
    tcp: "127.0.0.1:${port}"
    interval: 300ms
    retries: 1
    start_period: 1m
    on_failure: [{ restart: web }]
  noted:
    tcp: "127.0.0.1:${port}"
    interval: 300ms
    retries: 1
    start_period: 1m
    on_failure: { run: [sh, -c, 'echo "$MAINSTAY_CHECK $MAINSTAY_STATUS $MAINSTAY_INCIDENT" > told; echo noted'] }
`);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  await system.eventually('both pass', async () =>
    (await system.answers()).checks.every(({ status }) => status === 'pass'),
  );
  await system.succeeds('stop', 'web');
  await system.eventually('it is said', async () => (await messages(system, 'remedy.held')).length > 0);
  assert.match(
    (await messages(system, 'remedy.held'))[0] ?? '',
    /web is not restarted: web was stopped by the operator/,
  );
  await system.eventually('the program ran', async () => (await messages(system, 'remedy.result')).length > 0);
  assert.match(system.read('told'), /^noted fail \d+\n$/);
  assert.equal((await system.service('web')).state, 'stopped');
  assert.deepEqual(
    await messages(system, 'remedy.action').then((all) => all.filter((line) => line.startsWith('site'))),
    [],
  );
  await system.down();
});

test('check --repair does what the checks say, and answers 0 only if all is well afterwards', async (t) => {
  const [port = 0] = await freePorts(1);
  const system = new System(`
services:
  web: { command: ${server(port)} }
  flaky:
    command: [sh, -c, "test -e fine || exit 3; exec sleep 86400"]
    restart_policy: { delay: 100ms, max_attempts: 1, cooldown: 1h }
checks:
  site: { http: "http://127.0.0.1:${port}/", interval: 1h, timeout: 1s, retries: 2, on_failure: { restart: web } }
  note: { file: note, interval: 1h, retries: 2, on_failure: { run: [touch, note] } }
  lost: { file: lost, interval: 1h, retries: 1 }
`);
  t.after(() => system.end());
  await system.mainstay('up', '-d');
  await system.becomes('flaky', ({ state }) => state === 'cooldown', 'given up');
  const { pid } = await system.service('web');
  signal(look(pid ?? 0)!, 'SIGSTOP');
  const dry = await system.mainstay('check', 'all', '--repair', '--dry-run');
  assert.equal(dry.code, 1, dry.stdout + dry.stderr);
  assert.match(dry.stdout, /site: failed: .*; would restart web\n/);
  assert.match(dry.stdout, /note: failed: .*; would run touch\n/);
  assert.match(dry.stdout, /flaky: failed: would be started \(it was in cooldown/);
  assert.equal((await system.service('web')).pid, pid);
  assert.ok(!system.has('note'));

  system.write('fine', '');
  const some = await system.mainstay('check', 'all', '--repair');
  assert.equal(some.code, 1, some.stdout + some.stderr);
  assert.match(some.stdout, /site: ok, repaired: .*\n {2}site: restart web/);
  assert.match(some.stdout, /note: ok, repaired/);
  assert.match(some.stdout, /flaky: ok, repaired/);
  assert.match(some.stdout, /lost: failed: .*nothing says what to do about it/);
  assert.notEqual((await system.service('web')).pid, pid);

  system.write('lost', '');
  await system.succeeds('check', 'all', '--repair');
  await system.succeeds('stop', 'web');
  const stopped = await system.mainstay('check', 'site', '--repair');
  assert.equal(stopped.code, 1);
  assert.match(stopped.stdout, /not done: web was stopped by the operator/);
  await system.succeeds('start', 'web');
  await system.succeeds('maintenance', 'on', '--for', '1h', '--reason', 'test');
  signal(look((await system.service('web')).pid ?? 0)!, 'SIGSTOP');
  assert.match((await system.mainstay('check', 'site', '--repair')).stdout, /not done: maintenance \(test\)/);
  await system.down();
});
