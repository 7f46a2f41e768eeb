// The kind file: age, size, owner, mode, and locks that a process left behind. (S3, R2)
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { context } from '../context.ts';
import { makeFolder } from '../servers/program.ts';
import { mountSilentDisk } from '../servers/silent-disk.ts';

const prober = createProber();

function probe(target: Record<string, unknown>, options: Parameters<typeof context>[0] = {}) {
  return prober.probe('file', CHECKS['file']!.schema.parse(target), context(options));
}

test('there, absent, and absent although that is wanted', async () => {
  using folder = makeFolder('file');
  const path = join(folder.path, 'heartbeat');
  const missing = await probe({ path });
  assert.deepEqual([missing.status, missing.message], ['fail', `${path}: is missing`]);
  assert.equal((await probe({ path, exists: 'optional' })).status, 'pass');
  assert.equal((await probe({ path, exists: 'forbidden' })).status, 'pass');
  writeFileSync(path, 'x'.repeat(2048));
  const then = Date.now() / 1000 - 3600;
  utimesSync(path, then, then);
  const { status, message, data } = await probe({ path });
  assert.deepEqual([status, message], ['pass', `${path}: 2 KiB, written 60 min ago`]);
  assert.ok(Math.abs(Number(data!['age']) - 3600) < 60);
  assert.equal(data!['size'], 2048);
  const forbidden = await probe({ path, exists: 'forbidden' });
  assert.deepEqual([forbidden.status, forbidden.message], ['fail', `${path}: is there, and must not be`]);
});

test('owner, group and mode, by name and by number', async () => {
  using folder = makeFolder('file');
  const path = join(folder.path, 'secret');
  writeFileSync(path, '');
  chmodSync(path, 0o640);
  const { uid, gid } = { uid: process.getuid!(), gid: process.getgid!() };
  assert.equal((await probe({ path, owner: uid, group: String(gid), mode: '0640' })).status, 'pass');
  assert.equal((await probe({ path, mode: '640' })).status, 'pass');
  const wrong = await probe({ path, owner: 'daemon', group: 'daemon', mode: '0600' });
  assert.equal(wrong.status, 'fail');
  assert.match(
    wrong.message,
    /belongs to the user \w+, not daemon, belongs to the group \w+, not daemon, has mode 0640, not 0600$/,
  );
  const nobody = await probe({ path, owner: 'no-such-user' });
  assert.deepEqual(
    [nobody.status, nobody.message],
    ['unknown', `${path}: there is no user "no-such-user" in /etc/passwd`],
  );
  if (uid === 0) assert.equal((await probe({ path, owner: 'root', group: 'root' })).status, 'pass');
});

test('a lock: held, left behind by a process that is gone, and by one whose number is another now', async () => {
  using folder = makeFolder('file');
  const path = join(folder.path, 'server.pid');
  assert.equal((await probe({ path, lock: true })).status, 'pass');
  assert.equal((await probe({ path, lock: true, exists: 'required' })).status, 'fail');
  const holder = spawn('sleep', ['600'], { stdio: 'ignore' });
  await once(holder, 'spawn');
  writeFileSync(path, `${holder.pid}\n/var/lib\n`);
  assert.equal((await probe({ path, lock: true })).status, 'pass');
  assert.equal((await probe({ path, lock: 'sleep' })).status, 'pass');
  const other = await probe({ path, lock: 'nginx' });
  assert.equal(other.status, 'fail');
  assert.match(other.message, /was left behind: process \d+ is sleep, not nginx$/);
  const ended = once(holder, 'exit');
  holder.kill('SIGKILL');
  await ended;
  const stale = await probe({ path, lock: true });
  const message = `${path}: was left behind: no process ${holder.pid} lives`;
  assert.deepEqual([stale.status, stale.message], ['fail', message]);
});

test('a lock of a process that has ended and was not waited for was left behind, too', async () => {
  using folder = makeFolder('file');
  const path = join(folder.path, 'pid');
  // Its child ends, and it never asks how.
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  writeFileSync(path, line);
  let seen = await probe({ path, lock: true });
  for (let attempt = 0; attempt < 500 && seen.status !== 'fail'; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    seen = await probe({ path, lock: true });
  }
  assert.equal(seen.status, 'fail');
  parent.kill('SIGKILL');
});

test('what is no lock is unknown', async () => {
  using folder = makeFolder('file');
  const path = join(folder.path, 'notes');
  writeFileSync(path, 'not a\nnumber');
  const words = await probe({ path, lock: true });
  assert.deepEqual(
    [words.status, words.message],
    ['unknown', `${path}: begins with "not a number", not with the number of a process`],
  );
  mkdirSync(join(folder.path, 'folder'));
  assert.equal((await probe({ path: join(folder.path, 'folder'), lock: true })).status, 'unknown');
  symlinkSync('loop', join(folder.path, 'loop'));
  assert.equal((await probe({ path: join(folder.path, 'loop') })).status, 'fail');
});

test('a file system that does not answer fails', async (t) => {
  using folder = makeFolder('file');
  await using silent = await mountSilentDisk(join(folder.path, 'silent'));
  if (silent === null) return t.skip('FUSE needs root');
  const path = join(silent.path, 'file');
  const seen = await probe({ path }, { timeoutMs: 300 });
  const message = `an answer of the file system of ${path} did not come within 0.3 s`;
  assert.deepEqual([seen.status, seen.message], ['fail', message]);
});
