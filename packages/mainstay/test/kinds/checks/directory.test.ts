// The kind directory: sizes, counts and ages of real files, links, mounts, what vanishes, and what is too much. (D8, S3)
import assert from 'node:assert/strict';
import { linkSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { mountMemory } from '../../host/store/mounts.ts';
import { context } from '../context.ts';
import { makeFolder } from '../servers/program.ts';
import { mountSilentDisk } from '../servers/silent-disk.ts';

const prober = createProber();

function probe(target: Record<string, unknown>, options: Parameters<typeof context>[0] = {}) {
  return prober.probe('directory', CHECKS['directory']!.schema.parse(target), context(options));
}

/** A file of so many bytes, written so many seconds ago. */
function write(path: string, bytes: number, age = 0): void {
  writeFileSync(path, Buffer.alloc(bytes));
  const then = Date.now() / 1000 - age;
  utimesSync(path, then, then);
}

test('files, their sizes and their ages; of an empty directory no ages', async () => {
  using folder = makeFolder('directory');
  const { path } = folder;
  const empty = await probe({ path });
  assert.deepEqual([empty.status, empty.message, empty.data], ['pass', `${path}: 0 files, 0 B`, { size: 0, files: 0 }]);
  write(join(path, 'old.tmp'), 1000, 7200);
  mkdirSync(join(path, 'a/b'), { recursive: true });
  write(join(path, 'a/b/new.log'), 500, 600);
  const { status, data } = await probe({ path });
  assert.deepEqual([status, data!['size'], data!['files']], ['pass', 1500, 2]);
  assert.ok(Math.abs(Number(data!['oldest']) - 7200) < 60, `${data!['oldest']} s`);
  assert.ok(Math.abs(Number(data!['newest']) - 600) < 60, `${data!['newest']} s`);
  assert.deepEqual((await probe({ path, match: '.tmp' })).data!['size'], 1000);
  assert.deepEqual((await probe({ path, match: '/^n.*log$/' })).data!['size'], 500);
  assert.deepEqual((await probe({ path, recursive: false })).data!['files'], 1);
});

test('links are not followed, two names of a file count once, and other file systems are left out', async (t) => {
  using folder = makeFolder('directory');
  const { path } = folder;
  write(join(path, 'a'), 300);
  linkSync(join(path, 'a'), join(path, 'b'));
  symlinkSync('/usr', join(path, 'usr'));
  symlinkSync('.', join(path, 'self'));
  assert.deepEqual((await probe({ path })).data!['size'], 300);
  using mount = mountMemory(join(path, 'disk'), 1_000_000);
  if (mount === null) return t.skip('a small file system cannot be mounted here');
  write(join(mount.path, 'c'), 5000);
  assert.deepEqual((await probe({ path })).data!['size'], 300);
  assert.deepEqual((await probe({ path: mount.path })).data!['size'], 5000);
});

test('absent, not a directory, and more than it looks at', async () => {
  using folder = makeFolder('directory');
  const missing = await probe({ path: join(folder.path, 'none') });
  assert.deepEqual([missing.status, missing.message], ['fail', `${folder.path}/none: is missing`]);
  const path = join(folder.path, 'many');
  mkdirSync(path);
  for (let number = 0; number < 700; number += 1) write(join(path, `${number}`), 1);
  assert.equal((await probe({ path, look_at: 700 })).status, 'pass');
  const many = await probe({ path, look_at: 699 });
  assert.deepEqual(
    [many.status, many.message, many.data!['files']],
    ['warn', `${path}: has more than 699 entries, which are not looked at`, 699],
  );
  const file = await probe({ path: join(path, '1') });
  assert.equal(file.status, 'fail');
  assert.match(file.message, /is not a directory/);
});

test('files that come and go meanwhile are no trouble', async () => {
  using folder = makeFolder('directory');
  const { path } = folder;
  for (let number = 0; number < 600; number += 1) mkdirSync(join(path, `${number}/below`), { recursive: true });
  const pending = probe({ path });
  for (let number = 0; number < 600; number += 1) {
    rmSync(join(path, `${number}`), { recursive: true });
    if (number % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal((await pending).status, 'pass');
});

test('too much for the time is unknown; the loop goes on meanwhile', async () => {
  const target = CHECKS['directory']!.schema.parse({ path: '/', look_at: 10_000_000 });
  const stop = new AbortController();
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
    if (turns === 20) stop.abort(new DOMException('the deadline is over', 'TimeoutError'));
  }, 1);
  const seen = await prober.probe('directory', target, { ...context(), signal: stop.signal, timeoutMs: 1 });
  clearInterval(timer);
  assert.ok(turns >= 20, `${turns}`);
  assert.equal(seen.status, 'unknown');
  assert.match(seen.message, /^\/: not done within 0.001 s \(\d+ entries seen\)$/);
});

test('what is no longer wanted is unknown', async () => {
  const stop = new AbortController();
  const pending = probe({ path: '/' }, { cancel: stop.signal });
  setImmediate(() => stop.abort());
  const seen = await pending;
  assert.deepEqual([seen.status, seen.message], ['unknown', 'cancelled while waiting for /']);
});

test('a file system that does not answer fails, and one below is not asked', async (t) => {
  using folder = makeFolder('directory');
  await using silent = await mountSilentDisk(join(folder.path, 'silent'));
  if (silent === null) return t.skip('FUSE needs root');
  const seen = await probe({ path: silent.path }, { timeoutMs: 300 });
  const message = `an answer of the file system of ${silent.path} did not come within 0.3 s`;
  assert.deepEqual([seen.status, seen.message], ['fail', message]);
  write(join(folder.path, 'a'), 10);
  const above = await probe({ path: folder.path });
  assert.deepEqual([above.status, above.data!['size']], ['pass', 10]);
});
