import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { FifoReader, makeFifos, tellsReads } from '../../../src/host/log/fifo.ts';
import { createLogHost } from '../../../src/host/log/index.ts';
import type { Fault, FaultPoint } from '../../../src/host/log/slots-layout.ts';
import { fillWithPattern, LANDING_EMPTY, SLOT_BYTES } from '../../../src/host/log/slots-layout.ts';
import type { Slots } from '../../../src/host/log/slots.ts';
import { openSlots } from '../../../src/host/log/stream-memory.ts';
import { loadNative } from '../../../src/host/native/index.ts';
import { startCapturing, startWriter, wrongWith } from './kit/capturing.ts';
import { directoriesIn, loggingPlan, until, wholeLog } from './kit/folder.ts';

const native = await loadNative();
const skip = native === null ? 'koffi does not load here' : false;
const LABEL = { instance: 'web/0', service: 'web', stream: 'out' } as const;
/** The bytes that a slot is filled with, which a read must not be taken for. */
const PATTERN = Buffer.alloc(SLOT_BYTES);
fillWithPattern(PATTERN, 0, SLOT_BYTES);

class Killed extends Error {}

/** A folder in memory with a FIFO, or null where none is or access times do not work. */
function memoryFolder(t: TestContext): { directory: string; fifo: string } | null {
  if (!fs.existsSync('/dev/shm')) return null;
  const directory = fs.mkdtempSync('/dev/shm/mainstay-test-');
  t.after(() => fs.rmSync(directory, { recursive: true }));
  if (!tellsReads(directory, native)) return null;
  const fifo = path.join(directory, 'web.0.out');
  makeFifos([fifo], null, native);
  return { directory, fifo };
}

function slotsIn(directory: string, fault: Fault | null = null): Slots {
  const unshared = (_file: string, why: string): never => assert.fail(why);
  return openSlots({ directory, native, fault, unshared }, LABEL).slots;
}

/** Ends at that point, as a kill would: what is in the shared memory stays as it is. */
const killedAt =
  (point: FaultPoint): Fault =>
  (name) => {
    if (name === point) throw new Killed();
  };

test('a read of bytes that all equal the pattern is not lost, and none is invented', { skip }, (t) => {
  const found = memoryFolder(t);
  if (found === null) return t.skip('no memory file system with access times here');
  const { directory, fifo } = found;
  for (const { length, other } of reads()) {
    for (const point of ['direct-begun', 'direct-read', 'direct-taken'] as const) {
      const killed = slotsIn(directory, killedAt(point));
      const reader = new FifoReader(fifo, killed, { native, accessTimes: true }, () => true, assert.ifError);
      const bytes = Buffer.from(PATTERN.subarray(0, length));
      if (other !== null) bytes[other] = 0;
      fs.appendFileSync(fifo, bytes);
      assert.throws(() => reader.take(1000), Killed);
      reader.close();
      const next = slotsIn(directory);
      assert.equal(next.fill, point === 'direct-begun' ? 0 : length, `${point}, ${length} bytes, ${other}`);
      assert.deepEqual(next.active.subarray(0, next.fill), bytes.subarray(0, next.fill));
      fs.rmSync(`${fifo}.slots`);
      fs.rmSync(fifo);
      makeFifos([fifo], null, native);
    }
  }
});

/** Lengths of reads, and the place of the one byte that is not the pattern's: none in short ones, or far from the end. */
function* reads(): Generator<{ length: number; other: number | null }> {
  for (let length = 1; length < 16; length++) yield { length, other: null };
  for (let length = 2; length <= 40; length++) yield { length, other: Math.max(0, length - 16) };
}

test('what the event loop read is not lost, whichever byte it is', { skip }, async (t) => {
  const found = memoryFolder(t);
  if (found === null) return t.skip('no memory file system with access times here');
  const { directory, fifo } = found;
  for (const byte of [LANDING_EMPTY, 0, 10, PATTERN[0] ?? 0]) {
    const killed = slotsIn(directory);
    const recovered = await new Promise<Slots>((resolve) => {
      const reader = new FifoReader(
        fifo,
        killed,
        { native, accessTimes: true },
        () => {
          resolve(slotsIn(directory));
          reader.close();
          return false;
        },
        assert.ifError,
      );
      assert.equal(slotsIn(directory).fill, 0, 'nothing is invented before the read');
      reader.take(1000);
      fs.appendFileSync(fifo, Buffer.of(byte, 1));
    });
    assert.deepEqual([...recovered.active.subarray(0, recovered.fill)], [byte]);
    fs.rmSync(`${fifo}.slots`);
    fs.rmSync(fifo);
    makeFifos([fifo], null, native);
  }
});

/** A runtime directory of 256 KiB, or null where it may not be mounted. */
function smallRuntime(t: TestContext): { folder: string; ballast: string } | null {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mainstay-memory-'));
  const { runtime } = directoriesIn(folder);
  fs.mkdirSync(runtime);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', runtime]).status === 0;
  t.after(() => {
    if (mounted) execFileSync('umount', ['-l', runtime]);
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return mounted ? { folder, ballast: path.join(runtime, 'ballast') } : null;
}

/** Takes all the space there is. */
function fillUp(ballast: string): void {
  const fd = fs.openSync(ballast, 'a');
  try {
    for (;;) fs.writeSync(fd, Buffer.alloc(4096));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    fs.closeSync(fd);
  }
}

for (const when of ['before it begins', 'while it captures'] as const) {
  test(`no memory left for the slots ${when}: it captures on, and says what that costs`, { skip }, async (t) => {
    const small = smallRuntime(t);
    if (small === null) return t.skip('a small file system cannot be mounted here');
    const directories = directoriesIn(small.folder);
    if (when === 'before it begins') fillUp(small.ballast);
    const host = await createLogHost({ directories, wall: Date.now });
    t.after(() => host.dispose());
    const pipes = host.open('web/0', 'web', loggingPlan());
    host.begin('web/0', 1);
    assert.equal(host.durableCapture, when === 'while it captures');
    if (when === 'while it captures') fillUp(small.ballast);
    const writer = startWriter(t, pipes.out, 20_000, 3);
    assert.equal(await writer.ended, 0);
    host.drain('web/0');
    assert.ok(await host.flush(60_000));
    assert.equal(wrongWith(wholeLog(directories.logs, 'web.log'), 20_000), null);
    assert.equal(host.durableCapture, false);
    assert.match(host.problems().join('\n'), /cannot keep what waits in .*web\.0\.out\.slots over a kill/);
    host.close('web/0');
    await until(() => host.durableCapture, 'the stream is gone');
  });
}

test(
  'killed without shared memory: lines are lost, none is doubled or torn, and the next goes on',
  { skip },
  async (t) => {
    const small = smallRuntime(t);
    if (small === null) return t.skip('a small file system cannot be mounted here');
    const first = await startCapturing(t, small.folder, {}, 'abandoned');
    fillUp(small.ballast);
    const writer = startWriter(t, path.join(directoriesIn(small.folder).runtime, 'io', 'web.0.out'), 20_000, 4);
    assert.equal(await first.ended, 'SIGKILL');
    fs.rmSync(small.ballast);
    const next = await startCapturing(t, small.folder, {});
    assert.equal(await writer.ended, 0);
    next.child.kill('SIGTERM');
    assert.equal(await next.ended, 0);
    const text = wholeLog(directoriesIn(small.folder).logs, 'web.log').toString('latin1').split('\n').slice(0, -1);
    const whole = text.filter((line) => /^\d+ x*$/.test(line)).map((line) => Number.parseInt(line, 10));
    assert.equal(whole.at(-1), 20_000);
    assert.deepEqual(
      whole,
      [...new Set(whole)].sort((a, b) => a - b),
    );
    assert.ok(text.length - whole.length <= 1, 'the line that was being read');
  },
);
