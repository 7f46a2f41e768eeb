// A service gives up while the mail server is down, and the daemon is killed: one alert and one recovery arrive all the same.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AlertsReport } from '@mainstay/protocol';
import { headersOf, mailbox, type Mailbox } from '../../packages/mainstay/test/kinds/notifiers/smtp.ts';
import { look, signal } from '../support/processes.ts';
import { System } from '../support/system.ts';

/** Each mail once, by its Message-ID, with its subject. */
function mails({ accepted }: Mailbox): Map<string, Record<string, string>> {
  return new Map(accepted.map(({ raw }) => headersOf(raw)).map((headers) => [headers['message-id'] ?? '', headers]));
}

test('one alert and one recovery, over the death of the daemon and of the mail server', async (t) => {
  const reserved = await mailbox();
  const { port } = reserved;
  await reserved[Symbol.asyncDispose]();
  const system = new System(`
project: shop
services:
  web:
    command: [sh, -c, "test -e ok && exec sleep 86400; exit 3"]
    owner: ops@example.org
    restart_policy: { delay: 10ms, max_attempts: 1, cooldown: 2s, reset_after: 1s }
alerts:
  notifiers:
    mail: { email: { to: ops@example.org, smtp: "smtp://u:\${SMTP_PASSWORD}@127.0.0.1:${port}" } }
`);
  t.after(() => system.end());
  system.write('.env', 'SMTP_PASSWORD=hunter22\n');
  system.write('ok', '');
  await system.succeeds('up', '-d');
  const report = async (): Promise<AlertsReport> =>
    JSON.parse(await system.succeeds('alerts', '--json')) as AlertsReport;
  assert.deepEqual(await report(), { open: [], waiting: [], broken: [] });

  rmSync(join(system.folder, 'ok'));
  signal(look((await system.service('web')).pid!)!, 'SIGKILL');
  await system.eventually('an attempt failed', async () => ((await report()).waiting[0]?.attempts ?? 0) > 0);
  const { open, waiting } = await report();
  assert.deepEqual(
    open.map(({ id, severity, subject }) => [id, severity, subject]),
    [['1', 'critical', 'web']],
  );
  assert.match(waiting[0]!.reason!, /connection refused/);
  assert.match(await system.succeeds('alerts'), /waits for mail: opened of web \(#1\); \d+ failed/);

  const daemon = system.daemon()!;
  signal(daemon, 'SIGKILL');
  await system.eventually('another daemon answers', async () => {
    const pid = (await system.status())?.daemon.pid;
    return pid !== undefined && pid !== daemon.pid;
  });
  await using box = await mailbox({ allowInsecureAuth: true }, port);
  await system.eventually('the alert has arrived', () => box.accepted.length > 0);
  await system.succeeds('alerts', 'ack', '1', '--owner', 'ada');
  assert.equal((await report()).open[0]?.acknowledged_by, 'ada');
  assert.match(await system.fails(1, 'alerts', 'ack', '99'), /no such alert is open/);

  system.write('ok', '');
  await system.eventually('the recovery has arrived', () => mails(box).size > 1);
  await system.eventually('nothing waits', async () => (await report()).waiting.length === 0);
  assert.deepEqual((await report()).open, []);
  assert.match(
    await system.succeeds('incidents', '1'),
    /@ mail was told \(opened\)[^]*@ alert #1 of web acknowledged by ada[^]*@ mail was told \(closed\)/,
  );
  const [down, up, ...more] = [...mails(box).values()];
  assert.deepEqual(more, []);
  assert.match(down!['subject']!, /^\[mainstay\] DOWN web@\S+ \(#1\)$/);
  assert.match(up!['subject']!, /^\[mainstay\] UP web@\S+ \(#1\)$/);
  assert.equal(up!['references'], down!['message-id']);
  assert.match(box.accepted[0]!.raw, /Owner: ops@example\.org/);
  await system.down();
  for (const name of ['mainstay.log', 'events.log']) {
    assert.doesNotMatch(system.read(`.mainstay/logs/${name}`), /hunter22/);
  }
  assert.match(system.read('.mainstay/logs/events.log'), /alert\.delivered mail was told: closed of web \(#1\)/);
});
