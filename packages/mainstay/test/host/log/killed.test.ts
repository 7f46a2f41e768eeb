import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { LoggingPlan } from '../../../src/core/plan/index.ts';
import { makeFifos } from '../../../src/host/log/fifo.ts';
import type { FaultPoint } from '../../../src/host/log/slots-layout.ts';
import { FAULT_POINTS } from '../../../src/host/log/slots-layout.ts';
import { loadNative } from '../../../src/host/native/index.ts';
import { startCapturing, startWriter, wrongWith } from './kit/capturing.ts';
import { directoriesIn, holders, temporaryFolder, until, wholeLog } from './kit/folder.ts';

/** How a point is reached. */
interface Scenario {
  plan: Partial<LoggingPlan>;
  lines?: number;
  /** The log cannot be written until the last daemon runs. */
  stuck?: boolean;
  /** The program's last line is unfinished. */
  unfinished?: boolean;
}

const ROTATING: Scenario = { plan: { maxSize: 1 << 20, maxFiles: 1000 } };
const DROPPING: Scenario = { plan: { whenFull: 'drop' }, stuck: true };
/** Every point must be here; `abandoned` has a test of its own (memory.test.ts), because it must lose lines. */
const SCENARIOS: Record<Exclude<FaultPoint, 'abandoned'>, Scenario> = {
  'landing-read': ROTATING,
  'landing-begun': ROTATING,
  'landing-copied': ROTATING,
  'landing-taken': ROTATING,
  'landing-cleared': ROTATING,
  'direct-begun': ROTATING,
  'direct-read': ROTATING,
  'direct-taken': ROTATING,
  'seal-copied': ROTATING,
  'seal-prepared': ROTATING,
  sealed: ROTATING,
  'sealed-newline': { plan: { maxLine: 200 }, lines: 5000 },
  assigned: ROTATING,
  written: ROTATING,
  finished: ROTATING,
  ended: { ...ROTATING, unfinished: true },
  'discard-begun': DROPPING,
  'discard-moved': DROPPING,
  'discard-clearing': DROPPING,
};
const native = await loadNative();
const skip = native === null ? 'koffi does not load here' : false;

function fifoIn(folder: string): string {
  const io = path.join(directoriesIn(folder).runtime, 'io');
  fs.mkdirSync(io, { recursive: true });
  const fifo = path.join(io, 'web.0.out');
  makeFifos([fifo], null, native);
  return fifo;
}

for (const point of FAULT_POINTS) {
  if (point === 'abandoned') continue;
  const { plan, lines = 100_000, stuck = false, unfinished = false } = SCENARIOS[point];
  test(`killed at ${point}, again and again: every line once`, { skip }, async (t) => {
    const folder = temporaryFolder(t);
    const { logs } = directoriesIn(folder);
    const fifo = fifoIn(folder);
    const inTheWay = path.join(logs, 'web.log');
    if (stuck) fs.mkdirSync(inTheWay, { recursive: true });
    const writer = startWriter(t, fifo, lines, 1);
    const all = lines + (unfinished ? 1 : 0);
    let reached = 0;
    for (const passing of unfinished ? ['1'] : ['1', '3']) {
      const capturing = await startCapturing(t, folder, plan, point, passing);
      if (unfinished) {
        await writer.ended;
        fs.appendFileSync(fifo, `${all} xx`);
        capturing.child.kill('SIGTERM');
        if ((await capturing.ended) === 'SIGKILL') reached++;
        continue;
      }
      const own = await Promise.race([capturing.ended, writer.ended.then(() => 'no more to capture')]);
      if (own === 'SIGKILL') reached++;
      capturing.child.kill('SIGKILL');
      await capturing.ended;
    }
    assert.ok(reached > 0, 'the point was passed');
    if (stuck) fs.rmdirSync(inTheWay);
    const last = await startCapturing(t, folder, plan);
    await writer.ended;
    last.child.kill('SIGTERM');
    assert.equal(await last.ended, 0);
    const log = wholeLog(logs, 'web.log');
    assert.equal(wrongWith(log, all, plan.maxLine), null);
    if (stuck) assert.match(log.toString('latin1'), /^\[mainstay\] \d+ lines dropped$/m);
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

test(
  'split: lines that waited for their place when the daemon died go to the own file of their stream',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const first = await startCapturing(t, folder, { split: true }, 'sealed');
    const { logs, runtime } = directoriesIn(folder);
    const fifo = fs.openSync(path.join(runtime, 'io', 'web.0.out'), 'r+');
    t.after(() => fs.closeSync(fifo));
    fs.writeSync(fifo, '1 x\n2 xx\n');
    assert.equal(await first.ended, 'SIGKILL');
    const next = await startCapturing(t, folder, { split: true });
    next.child.kill('SIGTERM');
    assert.equal(await next.ended, 0);
    assert.equal(wrongWith(wholeLog(logs, 'web.out.log'), 2), null);
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
