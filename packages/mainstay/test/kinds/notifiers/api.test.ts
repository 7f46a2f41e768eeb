/** Each notifier over HTTP by the documentation of its other side. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { NOTIFIERS } from '../../../src/registry/notifiers.ts';
import { createMessenger } from '../../../src/registry/messenger.ts';
import { AT, facts, message, sendContext } from './message.ts';
import { answering, receiver } from './receiver.ts';

type Json = Record<string, any>;
const messenger = createMessenger();

const send = (kind: string, target: Record<string, unknown>, told = message()) =>
  messenger.send(kind, NOTIFIERS[kind]!.schema.parse(target), told, sendContext());

test('webhook: a receiver can verify it as Standard Webhooks says', async () => {
  await using server = await receiver();
  const keys = [Buffer.from('a'.repeat(32)), Buffer.from('b'.repeat(32))];
  const secret = keys.map((key) => `whsec_${key.toString('base64')}`);
  await send('webhook', { url: server.url, secret, headers: { 'x-team': 'ops' } });
  const { headers, body } = server.received[0]!;
  assert.equal(headers['webhook-id'], 'a142-opened-ops');
  assert.equal(headers['webhook-timestamp'], String(AT / 1000));
  assert.equal(headers['x-team'], 'ops');
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const expected = keys.map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`);
  assert.equal(headers['webhook-signature'], expected.join(' '));
  const { type, timestamp, data } = JSON.parse(body) as Json;
  assert.deepEqual([type, timestamp], ['alert.opened', '2026-11-28T17:30:00.000Z']);
  assert.deepEqual(data.alerts[0].since, '2026-11-28T17:28:30.000Z');
  assert.deepEqual([data.test, data.project, data.host], [false, 'shop', 'web1']);
});

test('webhook: an address that does not exist at the moment is tried again', async () => {
  await using server = await receiver(answering(404, 'no such route'));
  const outcome = await send('webhook', { url: server.url });
  assert.equal(outcome.result, 'retry');
});

test('slack: colour, fallback and blocks; nobody can be called by a cause', async () => {
  await using server = await receiver(answering(200, 'ok'));
  await send('slack', { url: server.url }, message({ alerts: [facts({ cause: '<!channel> & co' })] }));
  const sent = JSON.parse(server.received[0]!.body) as Json;
  const [{ color, fallback, blocks }] = sent['attachments'];
  assert.equal(color, '#e01e5a');
  assert.match(sent['text'], /^DOWN postgres@web1 \(#142\)$/);
  assert.match(fallback, /Runbook: https:\/\/example\.org\/runbooks\/postgres/);
  assert.match(blocks[1].text.text, /\*Cause:\* &lt;!channel&gt; &amp; co/);
  await send('slack', { url: server.url }, message({ stage: 'closed', alerts: [facts({ until: AT })] }));
  assert.equal((JSON.parse(server.received[1]!.body) as Json)['attachments'][0].color, '#2eb886');
});

test('slack: a channel that is gone is given up, with its word for it', async () => {
  await using server = await receiver(answering(404, 'channel_not_found'));
  const outcome = await send('slack', { url: server.url });
  assert.equal(outcome.result, 'permanent');
  assert.match(outcome.result === 'permanent' ? outcome.reason : '', /404: channel_not_found/);
});

test('discord: colours of the documentation, no mentions, waits in fractions of a second', async () => {
  await using server = await receiver(answering(204));
  await send('discord', { url: server.url });
  await send('discord', { url: server.url }, message({ stage: 'closed', alerts: [facts({ until: AT })] }));
  const [down, up] = server.received.map(({ body }) => JSON.parse(body) as Json);
  assert.deepEqual([down!['embeds'][0].color, up!['embeds'][0].color], [0xe01e5a, 0x2eb886]);
  assert.deepEqual(down!['allowed_mentions'], { parse: [] });
  server.answer = answering(429, '{"message":"rate limited","retry_after":1.25,"global":false}');
  const outcome = await send('discord', { url: server.url });
  assert.deepEqual(outcome.result === 'retry' && outcome.afterMs, 1250);
});

test('telegram: sendMessage of the bot, in HTML', async () => {
  await using server = await receiver(answering(200, '{"ok":true,"result":{}}'));
  await send('telegram', { token: '12:abcdef', chat: -1001, api: server.url });
  const { url, body } = server.received[0]!;
  assert.equal(url, '/bot12:abcdef/sendMessage');
  const sent = JSON.parse(body) as Json;
  assert.deepEqual([sent['chat_id'], sent['parse_mode']], ['-1001', 'HTML']);
  assert.match(sent['text'], /<b>Cause:<\/b> connection refused &lt;b&gt;&amp;/);
});

test('telegram: what it refuses, and how long it wants to be left alone', async () => {
  await using server = await receiver();
  const target = { token: '12:abcdefghijklmno', chat: '@ops', api: server.url };
  const cases: [string, number, Json, string, RegExp][] = [
    [
      'flood',
      429,
      { error_code: 429, description: 'Too Many Requests: retry after 11', parameters: { retry_after: 11 } },
      'retry',
      /Too Many/,
    ],
    [
      'blocked',
      403,
      { error_code: 403, description: 'Forbidden: bot was blocked by the user' },
      'permanent',
      /blocked/,
    ],
    ['token', 401, { error_code: 401, description: 'Unauthorized' }, 'permanent', /token is not known/],
    [
      'moved',
      400,
      { error_code: 400, description: 'group chat was upgraded', parameters: { migrate_to_chat_id: -1009 } },
      'permanent',
      /new number, -1009/,
    ],
    ['broken', 502, { error_code: 502, description: 'Bad Gateway' }, 'retry', /Bad Gateway/],
  ];
  for (const [name, status, body, result, reason] of cases) {
    server.answer = answering(status, JSON.stringify({ ok: false, ...body }));
    const outcome = await send('telegram', target);
    assert.equal(outcome.result, result, name);
    assert.match(outcome.result === 'delivered' ? '' : outcome.reason, reason, name);
    if (name === 'flood') assert.equal(outcome.result === 'retry' && outcome.afterMs, 11_000);
  }
});

test('ntfy: JSON to the root names the topic; priority by severity; a token', async () => {
  await using server = await receiver(answering(200, '{}'));
  await send('ntfy', { url: `${server.url}/base/my-topic`, token: 'tk_abc' });
  await send('ntfy', { url: `${server.url}/my-topic` }, message({ stage: 'closed', alerts: [facts({ until: AT })] }));
  const [down, up] = server.received;
  assert.deepEqual([down!.url, down!.headers.authorization], ['/base/', 'Bearer tk_abc']);
  const sent = JSON.parse(down!.body) as Json;
  assert.deepEqual([sent['topic'], sent['priority'], sent['click']], ['my-topic', 5, 'https://status.example.org/']);
  assert.equal(sent['title'], 'DOWN postgres@web1 (#142)');
  assert.doesNotMatch(sent['message'], /DOWN postgres@web1/);
  assert.equal((JSON.parse(up!.body) as Json)['priority'], 3);
});

test('pagerduty: one event an alert, the same dedup_key until it is resolved', async () => {
  await using server = await receiver(answering(202, '{"status":"success"}'));
  const two = message({ alerts: [facts(), facts({ id: '143', subject: 'redis', severity: 'warning' })] });
  await send('pagerduty', { routing_key: 'R0', url: `${server.url}/v2/enqueue` }, two);
  await send(
    'pagerduty',
    { routing_key: 'R0', url: server.url },
    message({ stage: 'closed', alerts: [facts({ until: AT })] }),
  );
  const events = server.received.map(({ body }) => JSON.parse(body) as Json);
  assert.deepEqual(
    events.map(({ event_action, dedup_key, routing_key }) => [event_action, dedup_key, routing_key]),
    [
      ['trigger', 'mainstay/shop@web1/142', 'R0'],
      ['trigger', 'mainstay/shop@web1/143', 'R0'],
      ['resolve', 'mainstay/shop@web1/142', 'R0'],
    ],
  );
  const { payload, links } = events[0]!;
  assert.deepEqual([payload.severity, payload.source, payload.component], ['critical', 'web1', 'postgres']);
  assert.equal(links[0].href, 'https://example.org/runbooks/postgres');
  server.answer = answering(400, '{"status":"invalid event","errors":["Length of \'routing_key\' is incorrect"]}');
  assert.equal((await send('pagerduty', { routing_key: 'R0', url: server.url })).result, 'permanent');
});

test('teams: an Adaptive Card whose text is no markup', async () => {
  await using server = await receiver(answering(202));
  await send('teams', { url: server.url }, message({ alerts: [facts({ cause: 'a *b* [c](http://x)' })] }));
  const { type, attachments } = JSON.parse(server.received[0]!.body) as Json;
  assert.deepEqual([type, attachments[0].contentType], ['message', 'application/vnd.microsoft.card.adaptive']);
  const { body, version, actions } = attachments[0].content;
  assert.deepEqual([version, body[0].color, actions[0].url], ['1.4', 'Attention', 'https://status.example.org/']);
  assert.equal(body[1].facts[0].value, String.raw`a \*b\* \[c\](http://x)`);
});
