// Services that an engine of containers runs, through the real command line and daemon; the engine is the stand-in. (C15, R1, R2)
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { FakeEngine } from '../support/engine.ts';
import { look, signal } from '../support/processes.ts';
import { System } from '../support/system.ts';

const file = (socket: string): string => `
project: foreign
services:
  legacy:
    container: { name: legacy-app, socket: ${JSON.stringify(socket)} }
    restart_policy: { delay: 50ms }
    stop_grace_period: 2s
  app:
    command: [sleep, "86400"]
    depends_on: [legacy]
`;

async function scene(t: TestContext): Promise<{ system: System; engine: FakeEngine }> {
  const system = new System('services: {}');
  const engine = await new FakeEngine(join(system.folder, 'engine.sock')).open();
  system.write('mainstay.yaml', file(engine.socket));
  t.after(async () => {
    engine.frozen = false;
    await system.end();
    await engine.close();
  });
  return { system, engine };
}

async function killDaemon(system: System): Promise<void> {
  const { pid } = (await system.answers()).daemon;
  signal(look(pid)!, 'SIGKILL');
  await system.eventually('the daemon is gone', () => look(pid) === null);
}

test('a container is started in order, repaired when it is stopped, killed or removed, and stopped at the end', async (t) => {
  const { system, engine } = await scene(t);
  engine.create('legacy-app');
  await system.succeeds('up', '-d');
  assert.deepEqual(engine.orders, ['start legacy-app']);
  assert.equal((await system.service('app')).state, 'ready');

  engine.end('legacy-app', 0);
  await system.becomes('legacy', ({ state, restarts }) => state === 'ready' && restarts === 1, 'repaired');
  engine.end('legacy-app', 137, true);
  await system.becomes('legacy', ({ state, restarts }) => state === 'ready' && restarts === 2, 'repaired');
  assert.match(await system.succeeds('explain', 'legacy'), /last exit: out of memory/);

  engine.remove('legacy-app');
  await system.becomes(
    'legacy',
    ({ reason }) => /there is no container legacy-app/.test(reason ?? ''),
    'told to be absent',
  );
  engine.create('legacy-app');
  await system.succeeds('restart', 'legacy');
  await system.succeeds('stop', 'legacy');
  const orders = engine.orders.length;
  assert.equal(engine.of('legacy-app').status, 'exited');
  // Somebody else starts what was stopped here: that is left to them, and nothing here is started again.
  engine.start('legacy-app');
  await system.succeeds('start', 'legacy');
  assert.equal(engine.orders.length, orders);
  await system.succeeds('down');
  assert.equal(engine.of('legacy-app').status, 'exited');
});

test('one that runs already is taken over and left running; no line of it is lost or doubled by the death of the daemon', async (t) => {
  const { system, engine } = await scene(t);
  engine.create('legacy-app', 'always');
  engine.start('legacy-app');
  await system.succeeds('up', '-d');
  assert.deepEqual(engine.orders, []);
  assert.match(await system.succeeds('status'), /restart policy\s+always/);
  const written: string[] = [];
  const say = (count: number): void => {
    for (let n = 0; n < count; n += 1) {
      const text = `line ${written.length}`;
      written.push(text);
      engine.write('legacy-app', text, written.length % 3 === 0 ? 2 : 1);
    }
  };
  const kept = (): string[] =>
    system
      .log('legacy')
      .split('\n')
      .filter((line) => line !== '');
  say(200);
  for (let kill = 0; kill < 3; kill += 1) {
    await killDaemon(system);
    say(300);
    await system.becomes('legacy', ({ state, flags }) => state === 'ready' && !flags.includes('unseen'), 'seen');
    say(50);
  }
  engine.end('legacy-app', 1);
  await system.becomes('legacy', ({ state, restarts }) => state === 'ready' && restarts === 1, 'repaired');
  say(10);
  await system.eventually('all lines are kept', () => kept().length >= written.length);
  // Those of one stream keep their order; between the two the engine's own is kept.
  assert.deepEqual(kept(), written);
  const said = await system.succeeds('down');
  assert.match(said, /legacy .*left running/);
  assert.equal(engine.of('legacy-app').status, 'running');
});

test('an engine that does not answer makes nothing happen; a container that it restarts again and again is not up', async (t) => {
  const { system, engine } = await scene(t);
  engine.create('legacy-app', 'always');
  await system.succeeds('up', '-d');
  engine.frozen = true;
  await engine.close();
  const unseen = await system.becomes('legacy', ({ flags }) => flags.includes('unseen'), 'unseen');
  assert.equal(unseen.state, 'ready');
  const orders = engine.orders.length;
  engine.frozen = false;
  await engine.open();
  const seen = await system.becomes('legacy', ({ flags }) => !flags.includes('unseen'), 'seen again');
  assert.deepEqual([seen.state, seen.restarts], ['ready', 0]);
  assert.equal(engine.orders.length, orders);

  engine.end('legacy-app', 3);
  engine.start('legacy-app', true);
  engine.end('legacy-app', 3);
  engine.of('legacy-app').status = 'restarting';
  await system.becomes('legacy', ({ state }) => state === 'starting', 'asked to start');
  assert.equal(engine.orders.length, orders);
  engine.of('legacy-app').status = 'exited';
  await system.becomes('legacy', ({ state }) => state === 'ready', 'ready');
});

test('with --observe everything is seen and nothing is touched', async (t) => {
  const { system, engine } = await scene(t);
  engine.create('legacy-app');
  engine.start('legacy-app');
  await system.succeeds('up', '-d', '--observe');
  assert.equal((await system.service('legacy')).state, 'ready');
  assert.deepEqual((await system.service('app')).flags, ['observed']);
  assert.equal((await system.service('app')).state, 'waiting');
  engine.end('legacy-app', 7);
  await system.becomes('legacy', ({ state }) => state === 'waiting', 'waiting');
  assert.match(await system.succeeds('incidents'), /legacy: exit code 7/);
  await killDaemon(system);
  await system.becomes('legacy', ({ state, flags }) => state === 'waiting' && !flags.includes('unseen'), 'seen');
  for (const command of ['start', 'stop', 'restart'])
    assert.match(await system.fails(1, command, 'legacy'), /only observes here/);
  assert.match(await system.fails(2, 'up', '-d'), /only observes/);
  engine.start('legacy-app');
  await system.becomes('legacy', ({ state }) => state === 'ready', 'ready');
  await system.succeeds('down');
  assert.equal(engine.of('legacy-app').status, 'running');
  assert.deepEqual(engine.orders, []);
});
