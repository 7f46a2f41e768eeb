import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createLogHost } from '../../../src/host/log/index.ts';
import { startCapturing } from './kit/capturing.ts';
import { directoriesIn, holders, loggingPlan, temporaryFolder, until, wholeLog } from './kit/folder.ts';

for (const native of ['with shared memory', 'without native calls']) {
  test(`bytes of every kind arrive as they were written, ${native}`, async (t) => {
    const directories = directoriesIn(temporaryFolder(t));
    const host = await createLogHost({
      directories,
      wall: Date.now,
      ...(native.startsWith('without') ? { native: null } : {}),
    });
    t.after(() => host.dispose());
    const pipes = host.open('web/0', 'web', loggingPlan());
    host.begin('web/0', 1);
    const written: Buffer[] = [];
    let state = 42;
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.alloc((i * 37) % 900, 0);
      for (let at = 0; at < bytes.length; at++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        bytes[at] = i % 3 === 0 ? state >>> 24 : i % 3 === 1 ? 0xff : 0;
      }
      written.push(bytes, Buffer.from(i % 2 === 0 ? '\r\n' : '\n'));
      fs.appendFileSync(pipes.out, Buffer.concat(written.slice(-2)));
      host.drain('web/0');
    }
    assert.ok(await host.flush(60_000));
    assert.ok(wholeLog(directories.logs, 'web.log').equals(Buffer.concat(written)));
  });
}

test('a line longer than allowed is cut into pieces, wherever it stands', async (t) => {
  const directories = directoriesIn(temporaryFolder(t));
  const host = await createLogHost({ directories, wall: Date.now });
  t.after(() => host.dispose());
  const pipes = host.open('web/0', 'web', loggingPlan({ maxLine: 100 }));
  host.begin('web/0', 1);
  fs.appendFileSync(pipes.out, `short\n${'a'.repeat(100)}\n${'b'.repeat(250)}\nend\n${'c'.repeat(101)}`);
  host.drain('web/0');
  assert.ok(await host.flush(60_000));
  assert.deepEqual(fs.readFileSync(path.join(directories.logs, 'web.log'), 'utf8').split('\n'), [
    'short',
    'a'.repeat(100),
    'b'.repeat(100),
    'b'.repeat(100),
    'b'.repeat(50),
    'end',
    'c'.repeat(100),
    'c',
    '',
  ]);
});

test('split logs: a file for each stream', async (t) => {
  const directories = directoriesIn(temporaryFolder(t));
  const host = await createLogHost({ directories, wall: Date.now });
  t.after(() => host.dispose());
  const pipes = host.open('web/0', 'web', loggingPlan({ split: true }));
  host.begin('web/0', 1);
  fs.appendFileSync(pipes.out, 'fine\n');
  fs.appendFileSync(pipes.err, 'bad\n');
  host.drain('web/0');
  assert.ok(await host.flush(60_000));
  assert.equal(fs.readFileSync(path.join(directories.logs, 'web.out.log'), 'utf8'), 'fine\n');
  assert.equal(fs.readFileSync(path.join(directories.logs, 'web.err.log'), 'utf8'), 'bad\n');
  assert.equal(fs.statSync(path.join(directories.logs, 'web.err.log')).mode & 0o777, 0o640);
});

test('a file that somebody empties or removes is written on', async (t) => {
  const directories = directoriesIn(temporaryFolder(t));
  const host = await createLogHost({ directories, wall: Date.now });
  t.after(() => host.dispose());
  const pipes = host.open('web/0', 'web', loggingPlan());
  host.begin('web/0', 1);
  const file = path.join(directories.logs, 'web.log');
  const say = async (text: string): Promise<void> => {
    fs.appendFileSync(pipes.out, text);
    host.drain('web/0');
    assert.ok(await host.flush(60_000));
    await new Promise((resolve) => {
      setTimeout(resolve, 1100);
    });
  };
  await say('one\n');
  fs.truncateSync(file, 0);
  await say('two\n');
  assert.equal(fs.readFileSync(file, 'utf8'), 'two\n');
  fs.rmSync(file);
  await say('three\n');
  assert.equal(fs.readFileSync(file, 'utf8'), 'three\n');
});

test('a new incarnation does not continue the unfinished line of the last, even over a daemon', async (t) => {
  const folder = temporaryFolder(t);
  const first = await startCapturing(t, folder, {});
  const io = path.join(directoriesIn(folder).runtime, 'io');
  await until(() => holders(io).length > 0, 'the holder');
  fs.appendFileSync(path.join(io, 'web.0.out'), 'whole\nunfinished');
  first.child.kill('SIGKILL');
  await first.ended;
  const host = await createLogHost({ directories: directoriesIn(folder), wall: Date.now });
  t.after(() => host.dispose());
  const pipes = host.open('web/0', 'web', loggingPlan());
  host.begin('web/0', 2);
  fs.appendFileSync(pipes.out, 'next\n');
  host.drain('web/0');
  assert.ok(await host.flush(60_000));
  assert.equal(wholeLog(directoriesIn(folder).logs, 'web.log').toString(), 'whole\nunfinished\nnext\n');
});
