/** `mainstay alerts test`, through a real SMTP server and a real receiver of webhooks. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { answering, receiver } from '../kinds/notifiers/receiver.ts';
import { headersOf, mailbox } from '../kinds/notifiers/smtp.ts';
import { projectDirectory } from './support/fake-daemon.ts';
import { mainstay } from './support/terminal.ts';

interface Tested {
  notifier: string;
  kind: string;
  result: string;
  reason: string | null;
}

const FILE = `
project: shop
services:
  db: { command: [sleep, "1"], owner: dba@example.org, runbook: "https://example.org/runbooks/db" }
alerts:
  public_url: https://status.example.org/
  notifiers:
    ops: { email: { to: ops@example.org, from: mainstay@example.org, smtp: "\${SMTP_URL}" } }
    hook: { webhook: "\${HOOK_URL}" }
    program: { exec: [sh, -c, "cat >> received.jsonl"] }
`;

function write(directory: string, variables: Record<string, string>): void {
  writeFileSync(join(directory, 'mainstay.yaml'), FILE);
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  writeFileSync(join(directory, '.env'), `${lines.join('\n')}\n`);
}

const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };

test('an alert and its recovery arrive everywhere, marked as a test', async () => {
  using project = projectDirectory();
  await using box = await mailbox();
  await using hook = await receiver();
  write(project.directory, { SMTP_URL: `smtp://127.0.0.1:${box.port}`, HOOK_URL: `${hook.url}/x` });
  const { code, out, err } = await mainstay(['alerts', 'test', '--service', 'db'], { cwd: project.directory, env });
  assert.deepEqual([code, err], [0, '']);
  for (const line of [
    /^ops \(email\): delivered in /m,
    /^hook \(webhook\): delivered/m,
    /^program \(exec\): delivered/m,
  ]) {
    assert.match(out, line);
  }
  const [down, up] = box.accepted.map(({ raw }) => ({ raw, headers: headersOf(raw) }));
  assert.match(down!.headers['subject']!, /^\[mainstay\] TEST: DOWN db@\S+ \(#test-[0-9a-f]{8}\)$/);
  assert.match(up!.headers['subject']!, /^\[mainstay\] TEST: UP db@/);
  assert.equal(up!.headers['references'], down!.headers['message-id']);
  assert.match(down!.raw, /Owner: dba@example\.org/);
  const bodies = hook.received.map(({ body }) => JSON.parse(body) as Record<string, any>);
  assert.deepEqual(
    bodies.map(({ type, data }) => [type, data.test, data.link]),
    [
      ['alert.opened', true, 'https://status.example.org/'],
      ['alert.closed', true, 'https://status.example.org/'],
    ],
  );
});

test('one of two does not answer as it should: the exit code, the reason, and no secret', async () => {
  using project = projectDirectory();
  await using hook = await receiver(answering(500, 'sesame-and-more'));
  write(project.directory, { SMTP_URL: 'smtp://u:hunter22@127.0.0.1:1', HOOK_URL: `${hook.url}/sesame-and-more` });
  const { code, out } = await mainstay(['alerts', 'test', 'ops', 'hook', '--json'], { cwd: project.directory, env });
  assert.equal(code, 1);
  const [ops, second] = JSON.parse(out) as [Tested, Tested];
  assert.deepEqual([ops.notifier, ops.result], ['ops', 'retry']);
  assert.match(ops.reason!, /127\.0\.0\.1: connection refused/);
  assert.match(second.reason!, /answered 500: \*\*\*/);
  assert.doesNotMatch(out, /hunter22|sesame/);
});

test('--dry-run shows what would be sent and sends nothing', async () => {
  using project = projectDirectory();
  await using hook = await receiver();
  write(project.directory, { SMTP_URL: 'smtp://u:hunter22@127.0.0.1:1', HOOK_URL: `${hook.url}/x` });
  const { code, out } = await mainstay(['alerts', 'test', '--dry-run'], { cwd: project.directory, env });
  assert.equal(code, 0);
  assert.match(out, /ops \(email\) would send:\n\nTo: ops@example\.org\nSubject: \[mainstay\] TEST: DOWN test@/);
  assert.match(out, /hook \(webhook\) would send:\n\n\{"type":"alert\.opened"/);
  assert.doesNotMatch(out, /hunter22/);
  assert.equal(hook.received.length, 0);
});

test('what is not there is named', async () => {
  using project = projectDirectory();
  write(project.directory, { SMTP_URL: 'smtp://127.0.0.1:1', HOOK_URL: 'http://127.0.0.1:1/' });
  const cwd = project.directory;
  const notifier = await mainstay(['alerts', 'test', 'hok'], { cwd, env });
  assert.deepEqual([notifier.code, /no such notifier/.test(notifier.err), /hook/.test(notifier.err)], [2, true, true]);
  const service = await mainstay(['alerts', 'test', '--service', 'dc'], { cwd, env });
  assert.deepEqual([service.code, /no such service/.test(service.err)], [2, true]);
  assert.equal((await mainstay(['alerts', 'tset'], { cwd, env })).code, 2);
  writeFileSync(join(cwd, 'mainstay.yaml'), 'services: { db: { command: [sleep, "1"] } }\n');
  const none = await mainstay(['alerts', 'test'], { cwd, env });
  assert.deepEqual([none.code, /has no notifiers/.test(none.err)], [1, true]);
});
