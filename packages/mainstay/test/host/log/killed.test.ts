import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { makeFifos } from '../../../src/host/log/fifo.ts';
import { loadNative } from '../../../src/host/native/index.ts';
import { startCapturing, startWriter, wrongWith } from './kit/capturing.ts';
import { directoriesIn, holders, temporaryFolder, until, wholeLog } from './kit/folder.ts';

const POINTS = [
  'landing-read',
  'landing-begun',
  'landing-copied',
  'landing-taken',
  'landing-cleared',
  'direct-read',
  'seal-copied',
  'seal-prepared',
  'sealed',
  'assigned',
  'written',
  'finished',
];
const native = await loadNative();
const skip = native === null ? 'koffi does not load here' : false;

function fifoIn(folder: string): string {
  const io = path.join(directoriesIn(folder).runtime, 'io');
  fs.mkdirSync(io, { recursive: true });
  const fifo = path.join(io, 'web.0.out');
  makeFifos([fifo], null, native);
  return fifo;
}

for (const point of POINTS) {
  test(`killed at ${point}, again and again: every line once`, { skip }, async (t) => {
    const folder = temporaryFolder(t);
    const plan = { maxSize: 1 << 20, maxFiles: 1000 };
    const lines = 100_000;
    const writer = startWriter(t, fifoIn(folder), lines, 1);
    let reached = 0;
    for (const passing of ['1', '3']) {
      const capturing = await startCapturing(t, folder, plan, point, passing);
      const own = await Promise.race([capturing.ended, writer.ended.then(() => 'no more to capture')]);
      if (own === 'SIGKILL') reached++;
      capturing.child.kill('SIGKILL');
      await capturing.ended;
    }
    assert.ok(reached > 0, 'the point was passed');
    const last = await startCapturing(t, folder, plan);
    await writer.ended;
    last.child.kill('SIGTERM');
    assert.equal(await last.ended, 0);
    assert.equal(wrongWith(wholeLog(directoriesIn(folder).logs, 'web.log'), lines), null);
  });
}

test('a program that ends while no daemon is there leaves its last lines behind', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const first = await startCapturing(t, folder, {});
  const io = path.join(directoriesIn(folder).runtime, 'io');
  await until(() => holders(io).length > 0, 'the holder');
  first.child.kill('SIGKILL');
  await first.ended;
  fs.appendFileSync(path.join(io, 'web.0.out'), '1 x\n2 xx\n3 ');
  const next = await startCapturing(t, folder, {});
  next.child.kill('SIGTERM');
  assert.equal(await next.ended, 0);
  assert.equal(wrongWith(wholeLog(directoriesIn(folder).logs, 'web.log'), 3), null);
  assert.deepEqual(holders(io), []);
});

test(
  'a program that ends at once, together with the daemon that just started it, leaves its lines behind',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const first = await startCapturing(t, folder, {}, 'opened-for-a-start');
    assert.equal(await first.ended, 'SIGKILL');
    const io = path.join(directoriesIn(folder).runtime, 'io');
    fs.appendFileSync(path.join(io, 'web.0.out'), '1 x\n2 xx\n');
    const next = await startCapturing(t, folder, {});
    next.child.kill('SIGTERM');
    assert.equal(await next.ended, 0);
    assert.equal(wrongWith(wholeLog(directoriesIn(folder).logs, 'web.log'), 2), null);
    assert.deepEqual(holders(io), []);
  },
);

test('killed at random moments under load: every line once', { skip }, async (t) => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const folder = temporaryFolder(t);
  const plan = { maxSize: 4 << 20, maxFiles: 10_000 };
  const lines = 1_000_000;
  const fifo = fifoIn(folder);
  const writer = startWriter(t, fifo, lines, seed);
  let kills = 0;
  while (kills < 24 && writer.child.exitCode === null) {
    const capturing = await startCapturing(t, folder, plan);
    await new Promise((resolve) => {
      setTimeout(resolve, random() * 20);
    });
    capturing.child.kill('SIGKILL');
    await capturing.ended;
    kills++;
  }
  const last = await startCapturing(t, folder, plan);
  await writer.ended;
  last.child.kill('SIGTERM');
  assert.equal(await last.ended, 0);
  assert.equal(wrongWith(wholeLog(directoriesIn(folder).logs, 'web.log'), lines), null);
  t.diagnostic(`${kills} kills`);
  assert.ok(kills >= 20, 'the writer ended too early to be interrupted often');
});
