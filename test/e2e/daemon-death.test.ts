// The daemon dies by SIGKILL. `npm run campaign daemon-kills` does so many times, at random moments and under load.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { look, signal } from '../support/processes.ts';
import { System } from '../support/system.ts';

/** Kills the daemon and keeps it away until the function returned is called. */
async function keepAway(system: System): Promise<() => void> {
  const guardian = system.guardian();
  const daemon = system.daemon();
  assert.ok(guardian !== null && daemon !== null);
  signal(guardian, 'SIGSTOP');
  signal(daemon, 'SIGKILL');
  await system.eventually('the daemon is gone', () => look(daemon.pid) === null);
  return () => signal(guardian, 'SIGCONT');
}

test('a service that ends while no daemon is there: its last lines are kept, and it is repaired', async (t) => {
  const system = new System(`
services:
  web:
    command: [sh, -c, 'echo "began"; while ! test -e go; do sleep 0.05; done; rm go; for i in 1 2 3 4 5; do echo "last $i"; done; printf unfinished; exit 7']
    restart_policy: { delay: 10ms, fatal_exit_codes: [] }
  other: { command: [sleep, "86400"] }
`);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  const before = await system.service('web');
  const other = await system.service('other');
  const letBack = await keepAway(system);
  system.write('go', '');
  await system.eventually('the service has ended', () => look(before.pid!) === null);
  letBack();

  const after = await system.replaced('web', before.pid!);
  assert.equal(after.restarts, 1);
  assert.deepEqual(after.last_exit?.code ?? null, after.last_exit?.known === true ? 7 : null);
  assert.equal((await system.service('other')).pid, other.pid);
  await system.down();
  assert.equal(system.log('web'), 'began\nlast 1\nlast 2\nlast 3\nlast 4\nlast 5\nunfinished\nbegan\n');
});

test('the daemon is back with the same services, and later crashes are handled', async (t) => {
  const system = new System(`
services:
  web: { command: [sleep, "86400"], restart_policy: { delay: 10ms } }
  after: { command: [sleep, "86400"], depends_on: [web] }
`);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  const before = await system.pids();
  const daemon = system.daemon()!;
  const killed = performance.now();
  signal(daemon, 'SIGKILL');
  await system.eventually(
    'another daemon answers',
    async () => (await system.status())?.daemon.pid !== daemon.pid && (await system.status()) !== null,
  );
  t.diagnostic(`back after ${Math.round(performance.now() - killed)} ms`);
  assert.deepEqual(await system.pids(), before);
  assert.deepEqual((await system.service('web')).flags, ['adopted']);

  process.kill(before['web/0']!, 'SIGSEGV');
  await system.replaced('web', before['web/0']!);
  assert.equal((await system.service('after')).pid, before['after/0']);
  assert.doesNotMatch(await system.succeeds('events', '-n', '500'), /impossible/);
  await system.down();
});

test('a task that ends while no daemon is there is not run twice, and its verdict counts', async (t) => {
  const system = new System(`
services:
  migrate: { type: task, command: [sh, -c, 'echo ran >>ran; while ! test -e go; do sleep 0.05; done'] }
  import: { type: task, command: [sh, -c, 'echo ran >>ran-import; while ! test -e go; do sleep 0.05; done; exit 3'], restart: "no" }
  web: { command: [sleep, "86400"], depends_on: { migrate: { condition: service_completed_successfully } } }
  page: { command: [sleep, "86400"], depends_on: { import: { condition: service_completed_successfully } } }
`);
  t.after(() => system.end());
  const up = system.mainstay('up', '-d');
  await system.eventually('both tasks run', () => system.read('ran') !== '' && system.read('ran-import') !== '');
  await system.becomes('migrate', ({ pid }) => pid !== null);
  const letBack = await keepAway(system);
  const tasks = system.processes().filter(({ command }) => command.includes('echo ran'));
  system.write('go', '');
  await system.eventually('both have ended', () => tasks.every(({ pid }) => look(pid) === null));
  letBack();

  await system.becomes('web', ({ state }) => state === 'ready', 'ready');
  await up;
  assert.equal((await system.service('migrate')).state, 'completed');
  const failed = await system.becomes('import', ({ state }) => state === 'fatal', 'given up');
  assert.equal(failed.last_exit?.code, 3);
  assert.equal((await system.service('page')).state, 'waiting');
  assert.equal(system.read('ran'), 'ran\n');
  assert.equal(system.read('ran-import'), 'ran\n');
  await system.down();
});

test('a stop that the death of the daemon interrupted goes on', async (t) => {
  const system = new System(`
services:
  slow:
    command: [sh, -c, 'trap "touch asked" TERM; touch trapped; while ! test -e go; do sleep 0.05; done']
    stop_grace_period: 60s
`);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  await system.eventually('it is prepared', () => system.has('trapped'));
  const stop = system.mainstay('stop', 'slow');
  await system.eventually('it is asked to stop', () => system.has('asked'));
  const { pid } = await system.service('slow');
  const letBack = await keepAway(system);
  letBack();
  assert.equal((await system.service('slow')).pid, pid, 'it is given its time');
  system.write('go', '');
  const stopped = await system.becomes('slow', ({ state }) => state === 'stopped', 'stopped');
  assert.equal(stopped.desired, 'stopped');
  await stop;
  await system.down();
});

test('a daemon that ends again and again is started less and less often', async (t) => {
  const system = new System('services: { web: { command: [sleep, "86400"] } }');
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  const before = await system.pids();
  for (let kill = 0; kill < 4; kill++) {
    await system.eventually('there is a daemon', () => system.daemon() !== null);
    const daemon = system.daemon()!;
    signal(daemon, 'SIGKILL');
    await system.eventually('it is gone', () => look(daemon.pid) === null);
  }
  const pauses = (): number[] =>
    [...system.guardianLog().matchAll(/again in ([\d.]+) s/g)].map((found) => Number(found[1]));
  await system.eventually('the guardian saw all of them', () => pauses().length >= 4);
  for (const [at, pause] of pauses().slice(1).entries())
    assert.ok(pause === pauses()[at]! * 2 || pause === 0.1, String(pauses()));
  assert.deepEqual(await system.pids(), before);
  await system.down();
});
