/** Only old, regular files of the directory itself go; what is open, a link, or somewhere else stays. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { cleanDirectory } from '../../../src/host/remedy/index.ts';
import type { CleanJob } from '../../../src/ports/index.ts';

const OLD_MS = 1_500;

interface Room {
  root: string;
  /** Beside the directory that is cleaned. */
  outside: string;
  put(...names: string[]): void;
  has(name: string): boolean;
  job(more?: Partial<CleanJob>): CleanJob;
}

function room(t: TestContext): Room {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mainstay-clean-')));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [root, outside] = [join(folder, 'dir'), join(folder, 'outside')];
  for (const path of [root, outside, join(root, 'sub')]) mkdirSync(path);
  return {
    root,
    outside,
    put: (...names) => names.forEach((name) => writeFileSync(join(root, name), name)),
    has: (name) => existsSync(join(root, name)),
    job: (more) => ({
      path: root,
      match: null,
      recursive: true,
      olderThanMs: OLD_MS,
      dry: false,
      project: '/nowhere/project',
      state: '/nowhere/state',
      ...more,
    }),
  };
}

/** Until what there is counts as old; loops, because a clock may be coarse. */
const grow = (): Promise<void> => delay(OLD_MS + 200);

test('old files are counted first, and then deleted; young ones stay', async (t) => {
  const { job, put, has } = room(t);
  put('a', 'sub/b');
  await grow();
  put('young');
  const dry = await cleanDirectory(job({ dry: true }));
  assert.match(dry.text, /would delete 2 files, 6 bytes/);
  assert.deepEqual([has('a'), has('sub/b'), has('young')], [true, true, true]);
  const done = await cleanDirectory(job());
  assert.equal(done.ok, true);
  assert.match(done.text, /deleted 2 files/);
  assert.deepEqual([...(done.data['paths'] as string[])].sort(), ['a', 'sub/b']);
  assert.deepEqual([has('a'), has('sub/b'), has('young'), has('sub')], [false, false, true, true]);
});

test('a file that was unpacked with an old date is young', async (t) => {
  const { root, job, put, has } = room(t);
  put('unpacked');
  utimesSync(join(root, 'unpacked'), 1, 1);
  await cleanDirectory(job({ olderThanMs: 3_600_000 }));
  assert.ok(has('unpacked'));
});

test('a file that a process has open stays, also one whose name has changed', async (t) => {
  const { root, job, put, has } = room(t);
  put('open', 'renamed', 'free');
  const held = ['open', 'renamed'].map((name) => openSync(join(root, name), 'r'));
  const child = spawn('sleep', ['86400'], { stdio: ['ignore', 'ignore', 'ignore', ...held] });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  renameSync(join(root, 'renamed'), join(root, 'sub/renamed'));
  await grow();
  const done = await cleanDirectory(job());
  assert.deepEqual([has('open'), has('sub/renamed'), has('free')], [true, true, false]);
  assert.match(done.text, /2 stay because they are open/);
});

test('links are not followed, neither of files nor of directories, and what they lead to stays', async (t) => {
  const { root, outside, job, put, has } = room(t);
  put('mine');
  writeFileSync(join(outside, 'precious'), 'x');
  symlinkSync(outside, join(root, 'away'));
  symlinkSync(join(outside, 'precious'), join(root, 'link'));
  await grow();
  await cleanDirectory(job());
  assert.ok(existsSync(join(outside, 'precious')));
  assert.deepEqual([has('away'), has('link'), has('mine')], [true, true, false]);
});

test('a directory that is a link is cleaned where it leads, and only there', async (t) => {
  const { root, outside, job, put, has } = room(t);
  put('mine');
  symlinkSync(root, join(outside, 'to'));
  await grow();
  const done = await cleanDirectory(job({ path: join(outside, 'to') }));
  assert.equal(done.ok, true, done.text);
  assert.ok(!has('mine'));
});

test('a directory that is swapped for a link all the time leads nowhere else', async (t) => {
  const { root, outside, job } = room(t);
  const victims = Array.from({ length: 30 }, (_, at) => join(outside, `f${at}`));
  for (const path of victims) writeFileSync(path, 'x');
  for (let at = 0; at < 30; at += 1) writeFileSync(join(root, 'sub', `f${at}`), 'x');
  await grow();
  // A process that exchanges `sub` and a link to the outside as fast as it can.
  const script = `const fs=require('fs');const [r,o]=process.argv.slice(1);fs.symlinkSync(o,r+'/l');
    for(;;){fs.renameSync(r+'/sub',r+'/t');fs.renameSync(r+'/l',r+'/sub');fs.renameSync(r+'/sub',r+'/l');fs.renameSync(r+'/t',r+'/sub');}`;
  const swapper = spawn(process.execPath, ['-e', script, root, outside], { stdio: 'ignore' });
  t.after(() => swapper.kill('SIGKILL'));
  await once(swapper, 'spawn');
  for (let round = 0; round < 20; round += 1) await cleanDirectory(job());
  swapper.kill('SIGKILL');
  await once(swapper, 'exit');
  for (const path of victims) assert.ok(existsSync(path), path);
});

test('only what matches goes, and nothing below when the check does not look there', async (t) => {
  const { job, put, has } = room(t);
  put('a.part', 'b.dat', 'sub/c.part');
  await grow();
  await cleanDirectory(job({ match: '/\\.part$/', recursive: false }));
  assert.deepEqual([has('a.part'), has('b.dat'), has('sub/c.part')], [false, true, true]);
});

test('a file with a second name elsewhere loses this name alone', async (t) => {
  const { root, outside, job, put, has } = room(t);
  put('one');
  linkSync(join(root, 'one'), join(outside, 'two'));
  await grow();
  await cleanDirectory(job());
  assert.deepEqual([has('one'), existsSync(join(outside, 'two'))], [false, true]);
});

test('what is not to be cleaned is refused, and said why', async (t) => {
  const { root, outside, job, put, has } = room(t);
  put('mine');
  await grow();
  const refused = async (more: Partial<CleanJob>): Promise<string> => {
    const { ok, text } = await cleanDirectory(job(more));
    assert.equal(ok, false, text);
    return text;
  };
  assert.match(await refused({ path: '/' }), /directly below/);
  assert.match(await refused({ path: '/etc' }), /directly below/);
  assert.match(await refused({ project: join(root, 'sub') }), /sub is in it/);
  assert.match(await refused({ project: root }), /is in it/);
  assert.match(await refused({ state: join(root, '..') }), /mainstay's own/);
  assert.match(await refused({ path: join(outside, 'none') }), /is missing/);
  assert.match(await refused({ path: join(root, 'mine') }), /no directory/);
  assert.ok(has('mine'));
});
