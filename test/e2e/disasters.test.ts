// What happens to the state directory, the store and the machine itself; and afterwards `up`.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { look, signal } from '../support/processes.ts';
import { System } from '../support/system.ts';

function aSystem(t: TestContext, stateDir?: string): System {
  const system = new System(
    `
services:
  web: { command: [sh, -c, 'echo web >>started; exec sleep 86400'], restart_policy: { delay: 10ms } }
  after: { command: [sh, -c, 'echo after >>started; exec sleep 86400'], depends_on: [web] }
  migrate: { type: task, command: [sh, -c, 'echo migrate >>started'] }
`,
    stateDir,
  );
  t.after(() => system.end());
  return system;
}

/** The daemon and the guardian end at the same moment, as by an operator who wants to be rid of both. */
async function killSupervisors(system: System): Promise<void> {
  const daemon = system.daemon();
  const guardian = system.guardian();
  assert.ok(daemon !== null && guardian !== null);
  signal(guardian, 'SIGKILL');
  signal(daemon, 'SIGKILL');
  await system.eventually('both are gone', () => look(daemon.pid) === null && look(guardian.pid) === null);
}

/** Everything ends at once, as when the power goes. */
async function killEverything(system: System): Promise<void> {
  await killSupervisors(system);
  for (const one of system.processes()) signal(one, 'SIGKILL');
  await system.eventually('nothing runs', () => system.processes().length === 0);
}

const store = (system: System): string => join(system.stateDir, 'mainstay.db');
const sleepers = (system: System): number =>
  system.processes().filter(({ command }) => command === 'sleep 86400').length;

test('another boot starts everything afresh and in order', async (t) => {
  const system = aSystem(t);
  await system.succeeds('up', '-d');
  const before = await system.pids();
  await killEverything(system);
  const database = new DatabaseSync(store(system));
  const { changes } = database.prepare("update fact set value = 'another-boot' where key = 'boot_id'").run();
  database.close();
  assert.equal(changes, 1);
  for (const path of system.runtimeDirectories()) rmSync(path, { recursive: true, force: true });
  system.write('started', '');

  await system.succeeds('up', '-d');
  const { services } = await system.answers();
  for (const { name, restarts, flags, last_exit } of services) {
    assert.deepEqual([name, restarts, flags], [name, 0, []]);
    if (name !== 'migrate') assert.equal(last_exit, null, 'the end of the machine is no failure of a service');
  }
  for (const [id, pid] of Object.entries(await system.pids())) assert.notEqual(pid, before[id]);
  const started = system.read('started').trim().split('\n');
  assert.ok(started.indexOf('web') < started.indexOf('after'), started.join(' '));
  assert.equal(sleepers(system), 2);
  await system.down();
});

for (const [what, damage] of [
  ['garbage', (path: string) => writeFileSync(path, 'not a database, '.repeat(4096))],
  ['cut off', (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096 + 100)],
] as const) {
  test(`a store that is ${what} is set aside, said so, and everything is adopted`, async (t) => {
    const system = aSystem(t);
    await system.succeeds('up', '-d');
    const before = await system.pids();
    await killSupervisors(system);
    rmSync(`${store(system)}-wal`, { force: true });
    rmSync(`${store(system)}-shm`, { force: true });
    damage(store(system));

    await system.succeeds('up', '-d');
    assert.deepEqual(await system.pids(), before);
    assert.match(await system.succeeds('events', '-n', '500'), /the store was damaged.*set aside as/);
    assert.ok(
      readdirSync(system.stateDir).some((name) => /^mainstay\.db.(?!wal|shm)/.test(name)),
      'it is still there',
    );
    assert.equal(sleepers(system), 2);
    await system.down();
  });
}

test('power loss: everything ends at once, and the newest part of the store is torn', async (t) => {
  const system = aSystem(t);
  await system.succeeds('up', '-d');
  await system.succeeds('stop', 'after');
  await killEverything(system);
  const wal = `${store(system)}-wal`;
  if (existsSync(wal)) truncateSync(wal, Math.floor(statSync(wal).size / 2));

  await system.succeeds('up', '-d');
  const { services } = await system.answers();
  assert.deepEqual(services.map(({ state }) => state).toSorted(), ['completed', 'ready', 'ready']);
  assert.equal(sleepers(system), 2);
  await system.down();
});

test('a state directory that is removed under running services is made again, and doubles nothing', async (t) => {
  const system = aSystem(t);
  await system.succeeds('up', '-d');
  const before = await system.pids();
  const daemon = system.daemon()!;
  const guardian = system.guardian()!;
  rmSync(system.stateDir, { recursive: true });

  assert.match(await system.succeeds('status'), /web +ready/);
  assert.equal((await system.answers()).daemon.pid, daemon.pid);
  await system.succeeds('up', '-d');
  assert.equal((await system.answers()).daemon.pid, daemon.pid);
  assert.equal(system.guardian()?.pid, guardian.pid);
  assert.equal(sleepers(system), 2);

  rmSync(system.stateDir, { recursive: true });
  await system.eventually('the daemon notices by itself', () => existsSync(join(system.stateDir, 'daemon.sock')));
  signal(daemon, 'SIGKILL');
  await system.eventually('another daemon answers', async () => {
    const report = await system.status();
    return report !== null && report.daemon.pid !== daemon.pid;
  });
  assert.deepEqual(await system.pids(), before);
  await system.down();
});

test('a state directory that is removed: down works at once', async (t) => {
  const system = aSystem(t);
  await system.succeeds('up', '-d');
  rmSync(system.stateDir, { recursive: true });
  await system.down();
});

test('a state directory that is removed, and both supervisors killed: down ends everything in order', async (t) => {
  const system = new System(`
services:
  db: { command: [sh, -c, 'trap "echo db >>ended; exit 0" TERM; touch db-runs; while :; do sleep 0.05; done'], kill_mode: mixed }
  web: { command: [sh, -c, 'trap "echo web >>ended; exit 0" TERM; touch web-runs; while :; do sleep 0.05; done'], kill_mode: mixed, depends_on: [db] }
`);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  await system.eventually('both are prepared', () => system.has('db-runs') && system.has('web-runs'));
  await killSupervisors(system);
  rmSync(system.stateDir, { recursive: true });
  await system.down();
  assert.equal(system.read('ended'), 'web\ndb\n');
  assert.match(await system.fails(1, 'down'), /none is running/);
});

test('both supervisors killed, and the file is broken by now: up adopts, down ends everything', async (t) => {
  const system = aSystem(t);
  await system.succeeds('up', '-d');
  const before = await system.pids();
  await killSupervisors(system);
  await system.succeeds('up', '-d');
  assert.deepEqual(await system.pids(), before);
  await killSupervisors(system);
  system.write('mainstay.yaml', 'services: { broken');
  await system.down();
  assert.equal(system.processes().length, 0);
});

test('what an operator stopped stays stopped when the store is lost', async (t) => {
  const system = aSystem(t);
  await system.succeeds('up', '-d');
  await system.succeeds('stop', 'after');
  const guardian = system.guardian()!;
  const daemon = system.daemon()!;
  signal(guardian, 'SIGSTOP');
  signal(daemon, 'SIGKILL');
  await system.eventually('the daemon is gone', () => look(daemon.pid) === null);
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${store(system)}${suffix}`, { force: true });
  writeFileSync(store(system), 'not a database, '.repeat(4096));
  signal(guardian, 'SIGCONT');
  const after = await system.service('after');
  assert.deepEqual([after.desired, after.state], ['stopped', 'stopped']);
  assert.equal((await system.service('web')).state, 'ready');
  assert.match(await system.succeeds('events', '-n', '500'), /the store was damaged/);
  await system.down();
});

test('a state directory whose path is too long for a socket', async (t) => {
  const system = aSystem(t, `${'deep/'.repeat(25)}state`);
  assert.ok(system.stateDir.length > 120);
  await system.succeeds('up', '-d');
  const before = await system.pids();
  assert.equal(sleepers(system), 2);
  signal(system.daemon()!, 'SIGKILL');
  await system.eventually('another daemon answers', async () => (await system.status()) !== null);
  assert.deepEqual(await system.pids(), before);
  await system.down();
});
