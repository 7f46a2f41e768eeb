// A disk that takes no writes at all: the loop goes on, the pool keeps threads free, nothing is lost and dropped lines are counted.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { createLogHost } from '../../../src/host/log/index.ts';
import { startWriter, wrongWith } from './kit/capturing.ts';
import { loggingPlan, until, wholeLog } from './kit/folder.ts';

/** A loop blocked by the frozen disk could not thaw it: somebody else does, and the test then fails. */
const RESCUE_SECONDS = 120;

interface Freezer {
  folder: string;
  /** Where the disk is mounted. */
  disk: string;
  freeze(): void;
  thaw(): void;
}

/** A file system of its own that can be frozen, or null where that is not allowed. */
function freezer(t: TestContext): Freezer | null {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mainstay-frozen-'));
  const image = path.join(folder, 'image');
  const disk = path.join(folder, 'disk');
  let mounted = false;
  let rescue: ChildProcess | null = null;
  const thaw = (): void => {
    if (rescue === null) return;
    rescue.kill('SIGKILL');
    rescue = null;
    execFileSync('fsfreeze', ['-u', disk]);
  };
  t.after(() => {
    thaw();
    if (mounted) execFileSync('umount', ['-l', disk]);
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const freeze = (): void => {
    // A timer in a process of its own: it leaves nothing behind when it is killed.
    const script = `setTimeout(() => require('child_process').execFileSync('fsfreeze', ['-u', process.argv[1]]), ${RESCUE_SECONDS * 1000})`;
    rescue = spawn(process.execPath, ['-e', script, disk], { stdio: 'ignore' });
    execFileSync('fsfreeze', ['-f', disk]);
  };
  fs.mkdirSync(disk);
  fs.writeFileSync(image, '');
  fs.truncateSync(image, 128 << 20);
  if (spawnSync('mkfs.ext4', ['-q', '-F', image]).status !== 0) return null;
  mounted = spawnSync('mount', ['-o', 'loop', image, disk]).status === 0;
  if (!mounted || spawnSync('fsfreeze', ['-f', disk]).status !== 0) return null;
  execFileSync('fsfreeze', ['-u', disk]);
  return { folder, disk, freeze, thaw };
}

test('block: writers wait for a frozen disk, the loop and its threads do not, and nothing is lost', async (t) => {
  const frozen = freezer(t);
  if (frozen === null) return t.skip('no file system can be frozen here');
  const directories = { runtime: path.join(frozen.folder, 'run'), logs: path.join(frozen.disk, 'logs') };
  const host = await createLogHost({ directories, wall: Date.now });
  t.after(() => host.dispose());
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const lines = 30_000;
  const pipes = names.map((name) => host.open(`${name}/0`, name, loggingPlan({ maxSize: 1 << 20, maxFiles: 100 })));
  for (const name of names) host.begin(`${name}/0`, 1);
  frozen.freeze();
  const writers = pipes.map(({ out }, index) => startWriter(t, out, lines, index));
  await until(() => names.every((name) => host.tail(`${name}/0`, 1).length === 1), 'every log is being read');
  for (let i = 0; i < 20; i++) await fs.promises.stat('/');
  assert.equal(await host.flush(200), false, 'nothing can be written');
  assert.ok(writers.every(({ child }) => child.exitCode === null));
  frozen.thaw();
  for (const { ended } of writers) assert.equal(await ended, 0);
  for (const name of names) host.drain(`${name}/0`);
  assert.ok(await host.flush(60_000));
  assert.deepEqual(host.problems(), []);
  for (const name of names) {
    const log = wholeLog(directories.logs, `${name}.log`);
    assert.equal(wrongWith(log, lines), null, name);
  }
});

test('drop: a program ends while the disk is frozen; what is missing is counted exactly', async (t) => {
  const frozen = freezer(t);
  if (frozen === null) return t.skip('no file system can be frozen here');
  const directories = { runtime: path.join(frozen.folder, 'run'), logs: path.join(frozen.disk, 'logs') };
  const host = await createLogHost({ directories, wall: Date.now });
  t.after(() => host.dispose());
  const pipes = host.open('web/0', 'web', loggingPlan({ whenFull: 'drop' }));
  host.begin('web/0', 1);
  let told = 0;
  host.connect((event) => {
    if (event.type === 'log-dropped') told += event.lines;
  });
  frozen.freeze();
  const lines = 50_000;
  const writer = startWriter(t, pipes.out, lines, 1);
  assert.equal(await writer.ended, 0, 'the program did not wait');
  await until(() => host.tail('web/0', 1)[0]?.startsWith(`${lines} `) === true, 'all lines are read');
  frozen.thaw();
  host.drain('web/0');
  assert.ok(await host.flush(60_000));
  const log = fs.readFileSync(path.join(directories.logs, 'web.log'));
  assert.equal(wrongWith(log, lines), null);
  const said = [...log.toString('latin1').matchAll(/^\[mainstay\] (\d+) lines? dropped$/gm)];
  assert.ok(told > 0);
  assert.equal(
    said.reduce((sum, [, count]) => sum + Number(count), 0),
    told,
  );
});
