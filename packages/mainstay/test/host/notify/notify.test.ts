import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createLogHost } from '../../../src/host/log/index.ts';
import { loadNative } from '../../../src/host/native/index.ts';
import { parseNotification } from '../../../src/host/notify/index.ts';
import type { LogEvent } from '../../../src/ports/index.ts';
import { directoriesIn, loggingPlan, temporaryFolder, until } from '../log/kit/folder.ts';

const NOTIFYING = { owner: null, notify: { ready: true, watchdogMs: 2000 } };

function said(events: LogEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === 'notified' ? [`${event.incarnation} ${event.field}=${event.value}`] : [],
  );
}

test('assignments are read as sd_notify and s6 programs write them', () => {
  assert.deepEqual(parseNotification('READY=1\nSTATUS=up = yes\nnonsense\nx=1\n'), [
    { field: 'READY', value: '1' },
    { field: 'STATUS', value: 'up = yes' },
  ]);
  assert.deepEqual(parseNotification('\n'), [{ field: 'READY', value: '1' }]);
});

test('descriptor 3: whole lines, over several writes, per incarnation', async (t) => {
  const host = await createLogHost({ directories: directoriesIn(temporaryFolder(t)), wall: Date.now });
  t.after(() => host.dispose());
  const events: LogEvent[] = [];
  host.connect((event) => events.push(event));
  const quiet = host.open('web/0', 'web', loggingPlan());
  assert.equal(quiet.notifySocket, null);
  assert.equal(fs.existsSync(quiet.notify), false, 'who does not notify needs no pipe for it');
  // Its plan has changed before it starts again.
  const pipes = host.open('web/0', 'web', loggingPlan(), NOTIFYING);
  host.begin('web/0', 7);
  fs.appendFileSync(pipes.notify, 'STATUS=wait');
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
  fs.appendFileSync(pipes.notify, 'ing\nREADY=1\nWATCH');
  host.drain('web/0');
  host.begin('web/0', 8);
  fs.appendFileSync(pipes.notify, '\n');
  await until(() => events.length === 3, 'three notifications');
  assert.deepEqual(said(events), ['7 STATUS=waiting', '7 READY=1', '8 READY=1']);
});

test('readiness that was told to a daemon that died is told to the next', async (t) => {
  if ((await loadNative()) === null) return t.skip('koffi does not load here');
  const directories = directoriesIn(temporaryFolder(t));
  const first = await createLogHost({ directories, wall: Date.now });
  t.after(() => first.dispose());
  const pipes = first.open('web/0', 'web', loggingPlan(), NOTIFYING);
  first.begin('web/0', 2);
  fs.appendFileSync(pipes.notify, 'READY=1\n');
  first.drain('web/0');
  const second = await createLogHost({ directories, wall: Date.now });
  t.after(() => second.dispose());
  const events: LogEvent[] = [];
  second.connect((event) => events.push(event));
  second.open('web/0', 'web', loggingPlan(), NOTIFYING);
  second.begin('web/0', 2);
  assert.deepEqual(said(events), ['2 READY=1']);
  second.begin('web/0', 3);
  assert.equal(events.length, 1);
});

for (const long of [false, true]) {
  test(`datagrams of a program written for systemd, ${long ? 'by an abstract name' : 'by path'}`, async (t) => {
    if ((await loadNative()) === null) return t.skip('koffi does not load here');
    if (spawnSync('systemd-notify', ['--version']).error !== undefined) return t.skip('no systemd-notify here');
    const folder = path.join(temporaryFolder(t), long ? 'x'.repeat(100) : 'x');
    const host = await createLogHost({ directories: directoriesIn(folder), wall: Date.now });
    t.after(() => host.dispose());
    const events: LogEvent[] = [];
    host.connect((event) => events.push(event));
    const { notifySocket } = host.open('web/0', 'web', loggingPlan(), NOTIFYING);
    assert.equal(notifySocket?.startsWith('@'), long);
    host.begin('web/0', 1);
    const notify = (...words: string[]): Promise<number | null> =>
      new Promise((resolve) => {
        spawn('systemd-notify', words, { env: { ...process.env, NOTIFY_SOCKET: notifySocket ?? '' } }).on(
          'exit',
          resolve,
        );
      });
    assert.equal(await notify('--ready', '--status=serving', 'WATCHDOG=1'), 0);
    await until(() => events.length >= 3, 'the datagram');
    assert.deepEqual(said(events).sort(), ['1 READY=1', '1 STATUS=serving', '1 WATCHDOG=1']);
    await notify('WATCHDOG=1');
    await until(() => events.length === 4, 'the watchdog, now looked for less often');
  });
}

test('without native calls descriptor 3 works, and it is said that the socket does not', async (t) => {
  const host = await createLogHost({ directories: directoriesIn(temporaryFolder(t)), wall: Date.now, native: null });
  t.after(() => host.dispose());
  const events: LogEvent[] = [];
  host.connect((event) => events.push(event));
  const pipes = host.open('web/0', 'web', loggingPlan(), NOTIFYING);
  host.begin('web/0', 1);
  assert.equal(host.durableCapture, false);
  assert.equal(pipes.notifySocket, null);
  assert.match(host.problems().join('\n'), /cannot give web\/0 a notification socket: koffi does not load/);
  fs.appendFileSync(pipes.notify, 'READY=1\n');
  await until(() => events.length === 1, 'readiness');
});
