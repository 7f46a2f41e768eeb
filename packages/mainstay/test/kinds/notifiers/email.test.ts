/** Mail against a real SMTP server, in its working, refusing, silent and absent form. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createMessenger } from '../../../src/registry/messenger.ts';
import { NOTIFIERS } from '../../../src/registry/notifiers.ts';
import type { AlertMessage } from '../../../src/core/alert/index.ts';
import { issue } from '../servers/certificates.ts';
import { AT, facts, message, sendContext } from './message.ts';
import { headersOf, mailbox } from './smtp.ts';

const PASSWORD = 'hunter2-p@ss';
const messenger = createMessenger();
const folder = mkdtempSync(join(tmpdir(), 'mainstay-email-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const send = (target: Record<string, unknown>, told: AlertMessage = message(), over = {}) =>
  messenger.send(
    'email',
    NOTIFIERS['email']!.schema.parse({ to: 'ops@example.org', ...target }),
    told,
    sendContext({ workingDirectory: folder, ...over }),
  );
const reasonOf = (outcome: Awaited<ReturnType<typeof send>>): string =>
  outcome.result === 'delivered' ? '' : outcome.reason;

test('mail arrives: envelope, subject, both bodies, headers', async () => {
  await using box = await mailbox();
  const to = ['Ops <ops@example.org>', 'boss@example.org'];
  const outcome = await send({
    to,
    from: 'mainstay@example.org',
    reply_to: 'team@example.org',
    smtp: `smtp://127.0.0.1:${box.port}`,
  });
  assert.deepEqual(outcome, { result: 'delivered', remark: null });
  const [mail] = box.accepted;
  assert.deepEqual([mail!.from, mail!.to], ['mainstay@example.org', ['ops@example.org', 'boss@example.org']]);
  const headers = headersOf(mail!.raw);
  assert.equal(headers['subject'], '[mainstay] DOWN postgres@web1 (#142)');
  assert.equal(headers['reply-to'], 'team@example.org');
  assert.equal(headers['auto-submitted'], 'auto-generated');
  assert.equal(headers['x-mainstay-key'], 'a142-opened-ops');
  assert.match(headers['content-type']!, /multipart\/alternative/);
  assert.match(mail!.raw, /text\/plain/);
  // Quoted-printable breaks lines with `=`.
  assert.match(mail!.raw.replaceAll('=\r\n', ''), /connection refused &lt;b&gt;&amp;<\/td>/);
  assert.match(mail!.raw, /Owner: dba@example\.org/);
  assert.equal(headers['in-reply-to'], undefined);
});

test('all mail of an alert is one conversation, and a second delivery is the same mail', async () => {
  await using box = await mailbox();
  const smtp = `smtp://127.0.0.1:${box.port}`;
  await send({ smtp });
  await send({ smtp });
  await send({ smtp }, message({ key: 'a142-closed-ops', stage: 'closed', alerts: [facts({ until: AT })] }));
  const [first, again, closed] = box.accepted.map(({ raw }) => headersOf(raw));
  assert.equal(first!['message-id'], again!['message-id']);
  assert.notEqual(closed!['message-id'], first!['message-id']);
  assert.equal(closed!['in-reply-to'], first!['message-id']);
  assert.equal(closed!['references'], first!['message-id']);
  assert.equal(closed!['subject'], '[mainstay] UP postgres@web1 (#142)');
});

test('STARTTLS, a certificate of an authority of our own, and a password', async () => {
  const authority = issue({ name: 'Test authority', authority: true });
  const own = issue({ name: 'mail', hosts: ['localhost', '127.0.0.1'], issuer: authority });
  writeFileSync(join(folder, 'ca.pem'), authority.cert);
  await using box = await mailbox({ key: own.key, cert: own.cert, disabledCommands: [], authOptional: false });
  const smtp = `smtp://ops%40example.org:${encodeURIComponent(PASSWORD)}@localhost:${box.port}`;
  const outcome = await send({ smtp, ca: 'ca.pem', tls: 'required' });
  assert.deepEqual(outcome, { result: 'delivered', remark: null });
  assert.deepEqual([box.accepted[0]!.secure, box.accepted[0]!.user], [true, 'ops@example.org']);
  assert.equal(box.accepted[0]!.from, 'ops@example.org');
});

test('a certificate of an authority that is not trusted ends it', async () => {
  const stranger = issue({ name: 'Stranger', authority: true });
  const own = issue({ name: 'mail', issuer: issue({ name: 'Other', authority: true }) });
  writeFileSync(join(folder, 'stranger.pem'), stranger.cert);
  await using box = await mailbox({ key: own.key, cert: own.cert, disabledCommands: [] });
  const outcome = await send({ smtp: `smtp://localhost:${box.port}`, ca: 'stranger.pem' });
  assert.equal(outcome.result, 'retry');
  assert.match(reasonOf(outcome), /certificate/);
  assert.equal(box.accepted.length, 0);
});

test('TLS from the first byte', async () => {
  const own = issue({ name: 'mail' });
  await using box = await mailbox({ key: own.key, cert: own.cert, secure: true, disabledCommands: [] });
  assert.equal((await send({ smtp: `smtps://127.0.0.1:${box.port}` })).result, 'delivered');
  assert.equal(box.accepted[0]!.secure, true);
});

test('a server that offers no STARTTLS gets nothing when it is required', async () => {
  await using box = await mailbox();
  const outcome = await send({ smtp: `smtp://127.0.0.1:${box.port}`, tls: 'required' });
  assert.equal(outcome.result, 'retry');
  assert.match(reasonOf(outcome), /makes no TLS connection/);
  assert.equal(box.accepted.length, 0);
});

test('a password never leaves the machine without TLS', async () => {
  const outcome = await send({ smtp: `smtp://u:${PASSWORD.replace('@', '%40')}@mail.invalid:25`, tls: 'none' });
  assert.equal(outcome.result, 'permanent');
  assert.match(reasonOf(outcome), /not sent to mail\.invalid without TLS/);
});

test('a wrong password is given up, and is not said', async () => {
  const refuse = { authOptional: false, allowInsecureAuth: true };
  await using box = await mailbox({
    ...refuse,
    onAuth: (auth, _session, done) =>
      done(Object.assign(new Error(`535 no ${auth.username} with ${auth.password}`), { responseCode: 535 })),
  });
  const outcome = await send({ smtp: `smtp://u:${encodeURIComponent(PASSWORD)}@127.0.0.1:${box.port}` });
  assert.equal(outcome.result, 'permanent');
  assert.match(reasonOf(outcome), /535/);
  assert.doesNotMatch(reasonOf(outcome), /hunter2/);
});

test('4xx is tried again, 5xx is given up', async () => {
  let code = 451;
  await using box = await mailbox({
    onRcptTo: (_address, _session, done) => done(Object.assign(new Error('no'), { responseCode: code })),
  });
  const smtp = `smtp://127.0.0.1:${box.port}`;
  assert.equal((await send({ smtp })).result, 'retry');
  code = 550;
  assert.equal((await send({ smtp })).result, 'permanent');
});

test('one of two recipients is refused: delivered, and it is named', async () => {
  await using box = await mailbox({
    onRcptTo: ({ address }, _session, done) =>
      done(address.startsWith('gone') ? Object.assign(new Error('no such user'), { responseCode: 550 }) : null),
  });
  const outcome = await send({ to: ['ops@example.org', 'gone@example.org'], smtp: `smtp://127.0.0.1:${box.port}` });
  assert.deepEqual(outcome, { result: 'delivered', remark: '127.0.0.1 refused gone@example.org' });
  assert.deepEqual(box.accepted[0]!.to, ['ops@example.org']);
});

test('a server that accepts and never speaks is left at the deadline', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  try {
    const smtp = `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const outcome = await send({ smtp }, message(), { timeoutMs: 400, signal: AbortSignal.timeout(400) });
    assert.deepEqual(outcome, { result: 'retry', reason: '127.0.0.1 did not answer within 0.4 s', afterMs: null });
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});

test('nobody there, and a server that hangs up', async () => {
  const box = await mailbox();
  await box[Symbol.asyncDispose]();
  const outcome = await send({ smtp: `smtp://127.0.0.1:${box.port}` });
  assert.deepEqual(outcome, { result: 'retry', reason: '127.0.0.1: connection refused', afterMs: null });
  const rude = createServer((socket) => void socket.on('error', () => undefined).end());
  await new Promise<void>((resolve) => {
    rude.listen(0, '127.0.0.1', resolve);
  });
  const hungUp = await send({ smtp: `smtp://127.0.0.1:${(rude.address() as AddressInfo).port}` });
  rude.close();
  assert.equal(hungUp.result, 'retry');
});

test('a subject cannot bring headers of its own', async () => {
  await using box = await mailbox();
  await send(
    { smtp: `smtp://127.0.0.1:${box.port}` },
    message({ alerts: [facts({ subject: 'x\r\nBcc: evil@example.org' })] }),
  );
  assert.deepEqual(box.accepted[0]!.to, ['ops@example.org']);
  assert.equal(headersOf(box.accepted[0]!.raw)['bcc'], undefined);
});
