// Lines from elsewhere (an engine, a journal): none is lost or doubled, whenever a daemon dies, also across a rotation.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { createLogHost } from '../../../src/host/log/index.ts';
import { cutBack } from '../../../src/host/log/position.ts';
import type { FollowedLine, LogEvent } from '../../../src/ports/index.ts';
import { directoriesIn, loggingPlan, temporaryFolder, until, wholeLog } from './kit/folder.ts';

const line = (n: number): FollowedLine => ({
  text: Buffer.from(`line ${n}`),
  stream: n % 3 === 0 ? 'err' : 'out',
  time: 1_700_000_000_000 + n,
  cursor: String(n),
  partial: false,
});
const lines = (from: number, to: number): FollowedLine[] =>
  Array.from({ length: to - from }, (_, at) => line(from + at));
const textOf = (from: number, to: number): string =>
  lines(from, to)
    .map(({ text }) => `${text.toString()}\n`)
    .join('');

async function opened(t: TestContext, directories: ReturnType<typeof directoriesIn>, maxSize = 1 << 20) {
  const host = await createLogHost({ directories, wall: Date.now });
  t.after(() => host.dispose());
  const events: LogEvent[] = [];
  host.connect((event) => events.push(event));
  host.open('web/0', 'web', loggingPlan({ maxSize, maxFiles: 100 }), { owner: null, notify: null, followed: true });
  host.begin('web/0', 4);
  return { host, events };
}

test('lines are kept in order, with a tail; one that is looked for is told; what was taken is not asked for again', async (t) => {
  const directories = directoriesIn(temporaryFolder(t));
  const { host, events } = await opened(t, directories);
  assert.equal(await host.position('web/0'), null);
  await host.beginAt('web/0', 'begin');
  assert.equal(await host.position('web/0'), 'begin');
  host.watchFor('web/0', '^line 7$');
  await host.feed('web/0', lines(0, 500));
  // Also what has not reached the disk yet.
  assert.equal(await host.position('web/0'), '499');
  assert.ok(await host.flush(30_000));
  assert.equal(wholeLog(directories.logs, 'web.log').toString(), textOf(0, 500));
  assert.deepEqual(host.tail('web/0', 2), ['line 498', 'line 499']);
  assert.deepEqual(events, [{ type: 'log-matched', instance: 'web/0', incarnation: 4, line: 'line 7' }]);
  host.close('web/0');
  await until(() => fs.readdirSync(path.join(directories.runtime, 'io')).length === 0, 'everything removed');
});

test('the next daemon takes out what is beyond the place that was written down, with its marks', async (t) => {
  const directories = directoriesIn(temporaryFolder(t));
  const first = await opened(t, directories);
  await first.host.beginAt('web/0', 'begin');
  await first.host.feed('web/0', lines(0, 100));
  assert.ok(await first.host.flush(30_000));
  // A batch that was written by a daemon that died before it could say so; its last line is torn.
  fs.appendFileSync(path.join(directories.logs, 'web.log'), `${textOf(100, 120)}line 1`);
  const { host } = await opened(t, directories);
  assert.equal(await host.position('web/0'), '99');
  await host.feed('web/0', lines(100, 150));
  assert.ok(await host.flush(30_000));
  assert.equal(wholeLog(directories.logs, 'web.log').toString(), textOf(0, 150));
});

test('so it does when the log was rotated just before', async (t) => {
  const directories = directoriesIn(temporaryFolder(t));
  const first = await opened(t, directories, 600);
  await first.host.beginAt('web/0', 'begin');
  for (let n = 0; n < 300; n += 10) {
    await first.host.feed('web/0', lines(n, n + 10));
    assert.ok(await first.host.flush(30_000));
  }
  assert.ok(fs.existsSync(path.join(directories.logs, 'web.log.2')));
  const current = path.join(directories.logs, 'web.log');
  fs.renameSync(current, `${current}.1x`);
  for (let n = 60; n >= 1; n -= 1) {
    if (fs.existsSync(`${current}.${n}`)) fs.renameSync(`${current}.${n}`, `${current}.${n + 1}`);
  }
  fs.renameSync(`${current}.1x`, `${current}.1`);
  fs.writeFileSync(current, textOf(300, 310));
  const { host } = await opened(t, directories, 600);
  assert.equal(await host.position('web/0'), '299');
  await host.feed('web/0', lines(300, 330));
  assert.ok(await host.flush(30_000));
  assert.equal(wholeLog(directories.logs, 'web.log').toString(), textOf(0, 330));
});

test('a file that somebody replaced is left as it is', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'web.log');
  fs.writeFileSync(file, 'of somebody else\n');
  await cutBack(file, { inode: 1, end: 3, cursor: 'x' });
  assert.equal(fs.readFileSync(file, 'utf8'), 'of somebody else\n');
});
