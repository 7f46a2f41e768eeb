// The kind disk on real file systems: with room, full, without inodes, broken, silent and absent. (C7, D8, P7)
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NEVER, type Sample, remember, timeLeft } from '../../../src/kinds/checks/disk/trend.ts';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { Disk, NEEDS_DISK } from '../../../../../test/support/disk.ts';
import { mountMemory } from '../../host/store/mounts.ts';
import { context } from '../context.ts';
import { makeFolder } from '../servers/program.ts';
import { mountSilentDisk } from '../servers/silent-disk.ts';

const prober = createProber();
const MB = 1_048_576;

function probe(target: Record<string, unknown>, options: Parameters<typeof context>[0] = {}) {
  return prober.probe('disk', CHECKS['disk']!.schema.parse(target), context(options));
}

test('a disk with room, half full and full: as df counts, in bytes and in inodes', async (t) => {
  using folder = makeFolder('disk');
  using mount = mountMemory(join(folder.path, 'small disk'), 4 * MB);
  if (mount === null) return t.skip('a small file system cannot be mounted here');
  const { path } = mount;
  execFileSync('mount', ['-o', 'remount,nr_inodes=20', path]);
  const empty = await probe({ path });
  assert.equal(empty.status, 'pass');
  assert.deepEqual(empty.data, { used: 0, free: 4 * MB, inodes: 5 });
  assert.equal(empty.message, `${path}: 0% used, 4 MiB free, 5% of inodes used`);
  writeFileSync(join(path, 'a'), Buffer.alloc(3 * MB));
  assert.deepEqual((await probe({ path })).data, { used: 75, free: MB, inodes: 10 });
  for (let number = 0; number < 18; number += 1) writeFileSync(join(path, `${number}`), '');
  assert.throws(() => writeFileSync(join(path, 'one more'), ''), /ENOSPC/);
  assert.equal((await probe({ path })).data!['inodes'], 100);
  const columns = execFileSync('df', ['--output=pcent', path], { encoding: 'utf8' });
  assert.match(columns, /\b75%/);
});

test('the path of a disk that is not mounted fails when it has to be', async (t) => {
  using folder = makeFolder('disk');
  const path = join(folder.path, 'data');
  mkdirSync(path);
  assert.equal((await probe({ path })).status, 'pass');
  const behind = await probe({ path, mounted: true });
  assert.deepEqual([behind.status, behind.message], ['fail', `${path}: nothing is mounted here`]);
  const missing = await probe({ path: join(path, 'none') });
  assert.deepEqual([missing.status, missing.message], ['fail', `${path}/none: is missing`]);
  using mount = mountMemory(path, MB);
  if (mount === null) return t.skip('a small file system cannot be mounted here');
  assert.equal((await probe({ path, mounted: true })).status, 'pass');
});

test('a disk that errors have made read-only fails; frozen for a snapshot it still tells', async (t) => {
  await using disk = await Disk.make(8);
  if (disk === null) return t.skip(NEEDS_DISK);
  const { path } = disk;
  assert.equal((await probe({ path })).status, 'pass');
  await disk.freeze();
  assert.equal((await probe({ path })).status, 'pass');
  await disk.thaw();
  disk.fail();
  const broken = await probe({ path });
  assert.equal(broken.status, 'fail');
  assert.match(broken.message, /has become read-only, which is what the kernel does after errors/);
});

test('a file system that does not answer fails, and stands in the way of nothing else', async (t) => {
  using folder = makeFolder('disk');
  await using silent = await mountSilentDisk(join(folder.path, 'silent'));
  if (silent === null) return t.skip('FUSE needs root');
  const { path } = silent;
  const runs = Array.from({ length: 8 }, () => probe({ path }, { timeoutMs: 300 }));
  for (const seen of await Promise.all(runs)) {
    const message = `an answer of the file system of ${path} did not come within 0.3 s`;
    assert.deepEqual([seen.status, seen.message], ['fail', message]);
  }
  // One thread waits, not eight of four: files of other file systems are read as ever.
  assert.equal((await probe({ path: folder.path })).status, 'pass');
  const stop = new AbortController();
  const pending = probe({ path }, { cancel: stop.signal });
  stop.abort();
  assert.equal((await pending).status, 'unknown');
});

test('two that do not answer: what has to wait for them is unknown, and goes on when they are gone', async (t) => {
  using folder = makeFolder('disk');
  {
    await using one = await mountSilentDisk(join(folder.path, 'one'));
    await using two = await mountSilentDisk(join(folder.path, 'two'));
    if (one === null || two === null) return t.skip('FUSE needs root');
    const [first, second] = await Promise.all([
      probe({ path: one.path }, { timeoutMs: 300 }),
      probe({ path: two.path }, { timeoutMs: 300 }),
    ]);
    assert.deepEqual([first.status, second.status], ['fail', 'fail']);
    const other = await probe({ path: folder.path }, { timeoutMs: 300 });
    assert.equal(other.status, 'unknown');
    assert.match(other.message, /other file systems do not answer/);
  }
  assert.equal((await probe({ path: folder.path })).status, 'pass');
});

test('time left: known after half of the window, and only what keeps growing counts', () => {
  const hour = 3_600_000;
  const at = (minutes: number[], free: (minute: number) => number): Sample[] =>
    minutes.map((minute) => ({ at: minute * 60_000, free: free(minute) }));
  const minutes = Array.from({ length: 61 }, (_, minute) => minute);
  const filling = (minute: number): number => 1000 * MB - minute * MB;
  assert.equal(timeLeft(at(minutes.slice(0, 30), filling), hour), null);
  // 1 MB a minute and 970 left: 970 minutes.
  assert.equal(timeLeft(at(minutes.slice(0, 31), filling), hour), 970 * 60);
  assert.equal(
    timeLeft(
      at(minutes, () => 7),
      hour,
    ),
    NEVER,
  );
  assert.equal(
    timeLeft(
      at(minutes, (minute) => 1000 + minute),
      hour,
    ),
    NEVER,
  );
  // A large file that came at the end and one that is gone by the end are no trend.
  const visitor = at(minutes, (minute) => (minute === 30 ? 0 : 1000 * MB));
  assert.equal(timeLeft(visitor, hour), NEVER);
  assert.equal(timeLeft(at(minutes, () => 0).with(0, { at: 0, free: MB }), hour), 0);
  let kept: Sample[] = [];
  for (let second = 0; second < 4 * 3600; second += 1) kept = remember(kept, { at: second * 1000, free: 5 }, hour);
  assert.ok(kept.length <= 62, `${kept.length} samples`);
  assert.ok(kept.at(-1)!.at - kept[0]!.at > hour * 0.95);
});

test('a disk that fills up says when it will be full', async (t) => {
  using folder = makeFolder('disk');
  using mount = mountMemory(join(folder.path, 'disk'), 4 * MB);
  if (mount === null) return t.skip('a small file system cannot be mounted here');
  const target = CHECKS['disk']!.schema.parse({ path: mount.path, trend: '1h' });
  const memory = {};
  const at = (minutes: number) =>
    prober.probe('disk', target, { ...context({ memory }), monotonicMs: () => minutes * 60_000 });
  assert.equal((await at(0)).data!['time_left'], undefined);
  writeFileSync(join(mount.path, 'a'), Buffer.alloc(MB));
  assert.equal((await at(10)).data!['time_left'], undefined);
  writeFileSync(join(mount.path, 'b'), Buffer.alloc(2 * MB));
  const seen = await at(30);
  const left = Number(seen.data!['time_left']);
  assert.ok(left >= 600 && left < 1200, `${left} s`);
  assert.match(seen.message, /full in \d+ min at this rate$/);
  rmSync(join(mount.path, 'a'));
  rmSync(join(mount.path, 'b'));
  assert.equal((await at(60)).data!['time_left'], NEVER);
});
