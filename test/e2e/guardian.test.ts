// The guardian dies, alone or together with the daemon; several commands start things at once.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { bearers, look, signal } from '../support/processes.ts';
import { System } from '../support/system.ts';

function aSystem(t: TestContext): System {
  const system = new System(`
services:
  web: { command: [sleep, "86400"], restart_policy: { delay: 10ms } }
  after: { command: [sleep, "86400"], depends_on: [web] }
`);
  t.after(() => system.end());
  return system;
}

/** The daemons and guardians of a project. */
const supervisors = (system: System): string[] =>
  bearers([system.stateDir])
    .map(({ command }) =>
      command.includes('entry/daemon') ? 'daemon' : command.startsWith('/bin/sh -c') ? 'guardian' : 'other',
    )
    .filter((kind) => kind !== 'other')
    .toSorted();

test('killed alone, the guardian is missed by nobody; the next up starts another one', async (t) => {
  const system = aSystem(t);
  await system.succeeds('up', '-d');
  const before = await system.pids();
  const daemon = (await system.answers()).daemon.pid;
  const guardian = system.guardian()!;
  signal(guardian, 'SIGKILL');
  await system.eventually('the guardian is gone', () => look(guardian.pid) === null);
  assert.equal((await system.answers()).daemon.pid, daemon);

  await system.succeeds('up', '-d');
  await system.eventually('another guardian is there', () => system.guardian() !== null);
  assert.equal((await system.answers()).daemon.pid, daemon, 'the daemon goes on');
  signal(look(daemon)!, 'SIGKILL');
  await system.eventually(
    'it brings the daemon back',
    async () => ((await system.status())?.daemon.pid ?? daemon) !== daemon,
  );
  assert.deepEqual(await system.pids(), before);
  await system.down();
});

test('the guardian that came later ends with an orderly end, too', async (t) => {
  const system = aSystem(t);
  await system.succeeds('up', '-d');
  signal(system.guardian()!, 'SIGKILL');
  await system.succeeds('up', '-d');
  await system.down();
});

test('down without a guardian leaves nothing behind', async (t) => {
  const system = aSystem(t);
  await system.succeeds('up', '-d');
  signal(system.guardian()!, 'SIGKILL');
  await system.down();
});

test('guardian and daemon killed: up adopts what runs', async (t) => {
  const system = aSystem(t);
  await system.succeeds('up', '-d');
  const before = await system.pids();
  const daemon = system.daemon()!;
  signal(system.guardian()!, 'SIGKILL');
  signal(daemon, 'SIGKILL');
  await system.eventually('the daemon is gone', () => look(daemon.pid) === null);
  assert.match(await system.fails(1, 'status'), /none is running.*\n.*mainstay up -d/);

  await system.succeeds('up', '-d');
  assert.deepEqual(await system.pids(), before);
  await system.down();
});

test('up twice changes nothing', async (t) => {
  const system = aSystem(t);
  await system.succeeds('up', '-d');
  const [before, daemon] = [await system.pids(), (await system.answers()).daemon.pid];
  await system.succeeds('up', '-d');
  assert.deepEqual(await system.pids(), before);
  assert.equal((await system.answers()).daemon.pid, daemon);
  await system.down();
});

test('three up at once start one daemon and every service once', async (t) => {
  const system = aSystem(t);
  const all = await Promise.all([1, 2, 3].map(() => system.mainstay('up', '-d')));
  assert.deepEqual(
    all.map(({ code }) => code),
    [0, 0, 0],
    all.map(({ stderr }) => stderr).join('\n'),
  );
  await system.eventually('one of each is left', () => supervisors(system).length === 2);
  assert.deepEqual(supervisors(system), ['daemon', 'guardian']);
  const sleepers = system.processes().filter(({ command }) => command === 'sleep 86400');
  assert.equal(sleepers.length, 2);
  await system.down();
});
