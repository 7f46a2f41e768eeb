// The disk of the state directory takes no writes for a while, and whoever writes to it cannot even be killed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { look, signal } from '../../support/processes.ts';
import { NEEDS_DISK } from '../../support/disk.ts';
import { crash, degraded, events, LOGGER, missing, upOnDisk, VICTIM } from './on-disk.ts';

/** Stays unwritten for long enough that everything that can wait has to. */
const FROZEN_MS = 5000;
const DROPPER = `
  dropper: { command: [sh, -c, "while :; do seq 100000; sleep 0.2; done"], logging: { when_full: drop } }`;

test('crashes are repaired, every command says what is true, and everything is written afterwards', async (t) => {
  const made = await upOnDisk(t, LOGGER + DROPPER + VICTIM);
  if (made === null) return t.skip(NEEDS_DISK);
  const { system, disk } = made;
  const before = await system.pids();
  await disk.freeze();
  await crash(system, 'victim');
  await crash(system, 'victim');
  await degraded(system, /the journal waits for the disk since \d+ s; \d+ batches wait/);
  await degraded(system, /logger\.log: the disk has not answered for \d+ s/);
  await degraded(system, /\d+ lines of dropper\/0 are dropped/);
  assert.match(await system.succeeds('status'), /degraded: the journal waits/);
  assert.match(await system.succeeds('explain', 'victim'), /cannot be read now: the state disk does not answer/);
  await system.succeeds('logs', 'logger', '-n', '5');
  const unwritten = /cannot write down what was asked for: the state disk does not answer; it is done all the same/;
  assert.match(await system.fails(1, 'stop', 'victim'), unwritten);
  assert.equal((await system.service('victim')).state, 'stopped');
  assert.match(await system.fails(1, 'start', 'victim'), unwritten);
  assert.equal((await system.service('victim')).state, 'ready');
  assert.match(await system.fails(1, 'up', '-d'), unwritten);
  system.write('mainstay.yaml', system.read('mainstay.yaml').replace('86400', '86401'));
  assert.match(await system.fails(1, 'apply'), /cannot keep the plan: .* does not answer; nothing was changed/);
  await delay(FROZEN_MS);
  await crash(system, 'logger');
  await disk.thaw();

  await degraded(system, null);
  const { 'victim/0': _victim, 'logger/0': _logger, ...others } = await system.pids();
  assert.deepEqual(others, { 'dropper/0': before['dropper/0'] });
  const exits = (await events(system, 'instance.exited')).map(({ message }) => message);
  assert.equal(exits.filter((message) => message.includes('SIGKILL')).length, 3);
  const dropped = (await events(system, 'log.dropped')).map(({ data }) => Number(data['lines']));
  assert.ok(dropped.length > 0);
  const plan = await system.ask<{ services: { name: string; command: string[] }[] }>('/api/v1/plan');
  assert.ok(
    plan?.services.some(({ command }) => command.includes('86400')),
    'the plan is the old one',
  );
  await system.down();
  const said = [...system.log('dropper').matchAll(/^\[mainstay\] (\d+) lines? dropped$/gm)].map(([, count]) =>
    Number(count),
  );
  assert.ok(said.length > 0);
  assert.deepEqual(missing(system), []);
});

test('down ends the services, says what waits, and the daemon ends once it is written', async (t) => {
  const made = await upOnDisk(t, LOGGER + VICTIM);
  if (made === null) return t.skip(NEEDS_DISK);
  const { system, disk } = made;
  await disk.freeze();
  assert.match(await system.fails(1, 'down'), /the state disk does not answer/);
  assert.ok(Object.values(await system.pids()).length === 0, 'nothing runs');
  assert.ok(system.daemon() !== null, 'what is not written yet is not given up');
  await disk.thaw();
  await system.eventually('nothing is left', () => system.leftovers().length === 0);
  assert.deepEqual(missing(system), []);
  // What was asked for is no reason to stay down.
  await system.succeeds('up', '-d');
  await system.down();
});

test('the daemon is killed: services run on, and the next one adopts them when the disk answers', async (t) => {
  const made = await upOnDisk(t, LOGGER + VICTIM);
  if (made === null) return t.skip(NEEDS_DISK);
  const { system, disk } = made;
  const before = await system.pids();
  const daemon = system.daemon();
  assert.ok(daemon !== null);
  await disk.freeze();
  await crash(system, 'victim');
  signal(daemon, 'SIGKILL');
  await delay(FROZEN_MS);
  for (const pid of [before['logger/0'] ?? 0]) assert.ok(look(pid) !== null, 'it runs on');
  await disk.thaw();
  await system.eventually(
    'there is another daemon',
    async () => ((await system.status())?.daemon.pid ?? daemon.pid) !== daemon.pid,
  );
  assert.equal((await system.pids())['logger/0'], before['logger/0']);
  await degraded(system, null);
  await system.down();
  assert.deepEqual(missing(system), []);
});
