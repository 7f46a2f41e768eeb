// `mainstay upgrade` to versions that do not work, or that change the format of the store.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { accountForLines, CHATTY_FILE } from '../support/chatty.ts';
import { look, signal } from '../support/processes.ts';
import type { System } from '../support/system.ts';
import { isUntouched, upWith, versions, type Versions } from '../support/versions.ts';
import { storeSchema } from '../../packages/mainstay/src/cli/upgrade/room.ts';
import { SCHEMA_VERSION } from '../../packages/mainstay/src/host/store/schema.ts';

let builds: Versions;
before(async () => {
  builds = await versions();
});
after(() => builds[Symbol.dispose]());

/** How a new version does not work, and what is said of it. */
const DEFECTS: [plant: string, said: RegExp][] = [
  ['exits with 1', /ended with 1/],
  ['exits with 0', /ended with 0/],
  ['exits with 3', /ended with 3/],
  ['hangs', /did not prove itself in time/],
  ['does not listen', /ended with/],
  ['crashes', /planted/],
];

test('a new version that does not work is rolled back, again and again; then one that works takes over', async (t) => {
  const system = await upWith(t, builds.old, CHATTY_FILE);
  const pids = await system.pids();
  system.cli = builds.planted.bin;
  for (const [plant, said] of DEFECTS) {
    await t.test(`it ${plant}`, async () => {
      system.write('plant', plant);
      const stderr = await system.fails(1, 'upgrade', '--timeout', '8s');
      assert.match(stderr, said);
      assert.match(stderr, /0\.1\.0 runs again, and services were not touched/);
      await isUntouched(system, pids, '0.1.0');
    });
  }
  rmSync(join(system.folder, 'plant'));
  await system.succeeds('upgrade');
  await isUntouched(system, pids, '0.3.0');
  await accountForLines(system, t);
});

/** Of the version that changes the store. */
const NEXT = SCHEMA_VERSION + 1;
const formatOf = (system: System): number | null => storeSchema(system.stateDir);

test('a version that changes the store and then crashes gives the old one its store back', async (t) => {
  const system = await upWith(t, builds.old);
  await system.succeeds('stop', 'other');
  await system.succeeds('start', 'other');
  const pids = await system.pids();
  system.cli = builds.format.bin;
  assert.match(
    await system.succeeds('upgrade', '--dry-run'),
    new RegExp(`becomes schema ${NEXT}; a copy of the old one \\(schema ${SCHEMA_VERSION}\\) is kept`),
  );
  system.write('plant', 'crashes');
  await system.fails(1, 'upgrade');
  await isUntouched(system, pids, '0.1.0');
  assert.equal(formatOf(system), SCHEMA_VERSION);
  assert.match(await system.succeeds('events', '-n', '500'), /other/);
  await system.down();
});

test('a store of a newer version: the old one refuses, before and after, and services run on', async (t) => {
  const system = await upWith(t, builds.old);
  const pids = await system.pids();
  system.cli = builds.format.bin;
  await system.succeeds('upgrade');
  await isUntouched(system, pids, '0.4.0');
  assert.equal(formatOf(system), NEXT);

  system.cli = builds.old.bin;
  assert.match(
    await system.fails(1, 'upgrade'),
    new RegExp(`does not know the format of the store \\(schema ${NEXT}, it knows ${SCHEMA_VERSION}\\)`),
  );
  await isUntouched(system, pids, '0.4.0');
  const [guardian, daemon] = [system.guardian()!, system.daemon()!];
  signal(guardian, 'SIGKILL');
  signal(daemon, 'SIGKILL');
  await system.eventually('both are gone', () => look(daemon.pid) === null && look(guardian.pid) === null);
  assert.match(await system.fails(1, 'up', '-d'), /a newer version of mainstay wrote it/);
  for (const pid of Object.values(pids)) assert.notEqual(look(pid), null);
  system.cli = builds.format.bin;
  await system.succeeds('up', '-d');
  await isUntouched(system, pids, '0.4.0');
  await system.down();
});
