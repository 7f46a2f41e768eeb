import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { createLogHost } from '../../../src/host/log/index.ts';
import type { LogEvent } from '../../../src/ports/index.ts';
import { startWriter, wrongWith } from './kit/capturing.ts';
import { loggingPlan, temporaryFolder, until } from './kit/folder.ts';

/** A file system of one megabyte, or null where it may not be mounted. */
function smallDisk(t: TestContext): string | null {
  const disk = fs.mkdtempSync(path.join(os.tmpdir(), 'mainstay-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).status === 0;
  t.after(() => {
    if (mounted) execFileSync('umount', ['-l', disk]);
    fs.rmdirSync(disk);
  });
  return mounted ? disk : null;
}

test('a full disk: nothing is lost, the writer waits, and goes on when there is space', async (t) => {
  const folder = temporaryFolder(t);
  const disk = smallDisk(t);
  if (disk === null) return t.skip('a small file system cannot be mounted here');
  const ballast = path.join(disk, 'ballast');
  fs.writeFileSync(ballast, Buffer.alloc(900 * 1024));
  const directories = { runtime: path.join(folder, 'run'), logs: path.join(disk, 'logs') };
  const host = await createLogHost({ directories, wall: Date.now });
  t.after(() => host.dispose());
  const pipes = host.open('web/0', 'web', loggingPlan());
  host.begin('web/0', 1);
  const writer = startWriter(t, pipes.out, 5000, 7);
  await until(() => host.problems().length > 0, 'the disk is full');
  assert.match(host.problems().join(), /cannot write .*web\.log: ENOSPC/);
  fs.rmSync(ballast);
  assert.equal(await writer.ended, 0);
  host.drain('web/0');
  assert.ok(await host.flush(60_000));
  assert.deepEqual(host.problems(), []);
  assert.equal(wrongWith(fs.readFileSync(path.join(directories.logs, 'web.log')), 5000), null);
});

test('drop: a program never waits for the disk; what is missing is counted where it is missing', async (t) => {
  const folder = temporaryFolder(t);
  const disk = smallDisk(t);
  if (disk === null) return t.skip('a small file system cannot be mounted here');
  const ballast = path.join(disk, 'ballast');
  fs.writeFileSync(ballast, Buffer.alloc(1000 * 1024));
  const directories = { runtime: path.join(folder, 'run'), logs: path.join(folder, 'logs') };
  fs.symlinkSync(disk, directories.logs);
  const host = await createLogHost({ directories, wall: Date.now });
  t.after(() => host.dispose());
  const events: LogEvent[] = [];
  host.connect((event) => events.push(event));
  const pipes = host.open('web/0', 'web', loggingPlan({ whenFull: 'drop' }));
  host.begin('web/0', 1);
  const lines = 400_000;
  const writer = spawn('sh', ['-c', `exec 1<>"$0"; seq 1 ${lines}`, pipes.out], { stdio: 'ignore' });
  assert.equal(
    await new Promise((resolve) => writer.on('exit', resolve)),
    0,
    'the program ended though the disk is full',
  );
  await until(() => host.tail('web/0', 1)[0] === String(lines), 'all lines are read');
  execFileSync('mount', ['-o', 'remount,size=64m', disk]);
  host.drain('web/0');
  assert.ok(await host.flush(60_000));
  const written = fs.readFileSync(path.join(disk, 'web.log'), 'utf8').split('\n').slice(0, -1);
  let expected = 1;
  let dropped = 0;
  for (const line of written) {
    const missing = /^\[mainstay\] (\d+) lines dropped$/.exec(line);
    if (missing === null) assert.equal(line, String(expected++));
    else {
      dropped += Number(missing[1]);
      expected += Number(missing[1]);
    }
  }
  assert.equal(expected, lines + 1);
  assert.ok(dropped > 0);
  const told = events.flatMap((event) => (event.type === 'log-dropped' ? event.lines : []));
  assert.equal(
    told.reduce((sum, count) => sum + count, 0),
    dropped,
  );
});

test('programs that end while the disk is full: each line is whole, and a last one that is torn ends by itself', async (t) => {
  const folder = temporaryFolder(t);
  const disk = smallDisk(t);
  if (disk === null) return t.skip('a small file system cannot be mounted here');
  fs.writeFileSync(path.join(disk, 'ballast'), Buffer.alloc(1000 * 1024));
  const directories = { runtime: path.join(folder, 'run'), logs: path.join(folder, 'logs') };
  fs.symlinkSync(disk, directories.logs);
  const host = await createLogHost({ directories, wall: Date.now });
  t.after(() => host.dispose());
  const events: LogEvent[] = [];
  host.connect((event) => events.push(event));
  // A pipe of 64 KiB each: more than a slot of 2 MiB takes after all.
  const LIVES = 40;
  for (let life = 101; life <= 100 + LIVES; life++) {
    const { out } = host.open('web/0', 'web', loggingPlan());
    host.begin('web/0', life);
    // What an earlier life still has in the pipe must not be taken for a word of this one.
    host.watchFor('web/0', `^${life - 1}:`);
    // More than slots and pipe take: it waits in the middle of a line, and is killed there.
    const program = `BEGIN { x = sprintf("%90s", ""); gsub(/ /, "x", x); for (;;) print ${life} ":" x }`;
    const writer = spawn('sh', ['-c', 'exec 1<>"$0" awk "$1"', out, program], { stdio: 'ignore' });
    const ended = new Promise((resolve) => writer.on('exit', resolve));
    await until(() => host.tail('web/0', 1).length > 0, 'something is read');
    await new Promise((resolve) => setTimeout(resolve, 100));
    writer.kill('SIGKILL');
    await ended;
    host.drain('web/0');
  }
  execFileSync('mount', ['-o', 'remount,size=64m', disk]);
  host.begin('web/0', 101 + LIVES);
  await until(() => host.problems().length === 0, 'everything is written');
  host.drain('web/0');
  assert.ok(await host.flush(60_000));
  assert.deepEqual(events, []);
  const lines = fs.readFileSync(path.join(disk, 'web.log'), 'utf8').split('\n').slice(0, -1);
  const odd = lines.filter((line) => !/^\d{3}:x{90}$/.test(line));
  assert.ok(odd.length <= LIVES, `a torn line for each life at most, not ${odd.length}`);
  for (const line of odd) assert.match(line, /^\d{0,3}(:x*)?$/);
  assert.ok(
    lines.every((line, at) => at === 0 || line.slice(0, 3) >= (lines[at - 1] ?? '').slice(0, 3)),
    'in order',
  );
});
