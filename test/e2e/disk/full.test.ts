// The disk of the state directory refuses writes: no space, no inodes, or read-only after an error.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { signal } from '../../support/processes.ts';
import { NEEDS_DISK, type Disk } from '../../support/disk.ts';
import type { System } from '../../support/system.ts';
import { crash, degraded, events, LOGGER, missing, upOnDisk, VICTIM } from './on-disk.ts';

const STOPPED = `
  stopped: { command: [sleep, "86400"] }`;
/** Writes more than a full disk takes after all. */
const LOUD = `
  loud: { command: [sh, -c, "while :; do seq 100000; sleep 0.2; done"] }`;

/** Kills the daemon and waits for the next. */
async function killDaemon(system: System): Promise<void> {
  const daemon = system.daemon();
  assert.ok(daemon !== null);
  signal(daemon, 'SIGKILL');
  await system.eventually(
    'there is another daemon',
    async () => ((await system.status())?.daemon.pid ?? daemon.pid) !== daemon.pid,
  );
}

/** The journal has some room of its own, and the file system gives some blocks back: goes on until both are used up. */
async function noRoomForTheJournal(system: System, disk: Disk): Promise<void> {
  await system.eventually('the journal cannot be written', async () => {
    disk.fill();
    await crash(system, 'victim');
    return (await system.answers()).daemon.degraded.some((one) => /^the journal cannot be written \(.*full/.test(one));
  });
}

test('full: crashes are repaired, a new daemon knows what was wanted, and everything is written when there is room', async (t) => {
  const made = await upOnDisk(t, LOGGER + VICTIM + STOPPED, 24);
  if (made === null) return t.skip(NEEDS_DISK);
  const { system, disk } = made;
  await system.succeeds('stop', 'stopped');
  const before = await system.pids();
  disk.fill();
  await crash(system, 'victim');
  await degraded(system, /logger\.log: ENOSPC/);
  await noRoomForTheJournal(system, disk);

  await killDaemon(system);
  assert.equal((await system.service('stopped')).state, 'stopped', 'what was written before is known');
  assert.equal((await system.pids())['logger/0'], before['logger/0']);
  await noRoomForTheJournal(system, disk);

  disk.empty();
  await crash(system, 'victim');
  await degraded(system, null);
  const last = (await events(system, 'instance.exited')).at(-1);
  assert.equal(last?.instance, 'victim/0');
  await system.eventually('process_status.json is written', () => {
    const status = JSON.parse(readFileSync(join(system.stateDir, 'process_status.json'), 'utf8')) as {
      process: string;
    };
    return status.process === 'victim';
  });
  await system.down();
  assert.deepEqual(missing(system), []);
});

test('full: down ends the services and says what is not written; down --now leaves without it', async (t) => {
  const made = await upOnDisk(t, LOUD, 24);
  if (made === null) return t.skip(NEEDS_DISK);
  const { system, disk } = made;
  disk.fill();
  await degraded(system, /loud\.log: ENOSPC/);
  // Which of the two depends on whether the journal finds room for its last lines.
  const unwritten =
    /not everything is written down \(.*loud\.log: ENOSPC.*; it ends when it is|cannot write down .* full; it is done all/;
  assert.match(await system.fails(1, 'down'), unwritten);
  assert.deepEqual(Object.keys(await system.pids()), []);
  assert.ok(system.daemon() !== null, 'what is not written yet is not given up');
  await system.succeeds('down', '--now');
  assert.deepEqual(system.leftovers(), []);
});

test('no inodes: logs cannot rotate and grow on; nothing is lost', async (t) => {
  const rotating = `${LOGGER}\n    logging: { max_size: 16k, max_files: 1000 }`;
  const made = await upOnDisk(t, rotating + VICTIM, 24);
  if (made === null) return t.skip(NEEDS_DISK);
  const { system, disk } = made;
  disk.takeInodes();
  await crash(system, 'victim');
  await degraded(system, /logger\.log: ENOSPC/);
  disk.giveInodes();
  await crash(system, 'victim');
  await degraded(system, null);
  await system.down();
  assert.deepEqual(missing(system), []);
});

test('read-only after an error: services are looked after, also by a new daemon', async (t) => {
  const made = await upOnDisk(t, LOGGER + VICTIM + STOPPED);
  if (made === null) return t.skip(NEEDS_DISK);
  const { system, disk } = made;
  await system.succeeds('stop', 'stopped');
  const before = await system.pids();
  disk.fail();
  await crash(system, 'victim');
  await degraded(system, /logger\.log: (EROFS|EIO)/);
  await degraded(system, /the journal cannot be written/);
  await killDaemon(system);
  assert.equal((await system.service('stopped')).state, 'stopped');
  assert.equal((await system.pids())['logger/0'], before['logger/0']);
  await crash(system, 'victim');
  assert.match(await system.succeeds('status'), /degraded: the journal cannot be written/);
  await system.mainstay('down', '--now');
  await system.eventually('the daemon has left', () => system.daemon() === null);
});
