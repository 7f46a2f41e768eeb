/** What all notifiers over HTTP have in common, each of them against a real server. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { describe, test } from 'node:test';
import { NOTIFIERS } from '../../../src/registry/notifiers.ts';
import { createMessenger } from '../../../src/registry/messenger.ts';
import { AT, facts, message, sendContext } from './message.ts';
import { answering, receiver } from './receiver.ts';

const SECRET = 'T0000000B1111111XyzzyXyzzy';

/** Targets as a person would write them, for a server at `base`. */
const TARGETS: Record<string, (base: string) => Record<string, unknown>> = {
  webhook: (base) => ({ url: `${base}/hook/${SECRET}` }),
  slack: (base) => ({ url: `${base}/services/${SECRET}` }),
  discord: (base) => ({ url: `${base}/api/webhooks/1/${SECRET}` }),
  telegram: (base) => ({ token: `1:${SECRET}`, chat: -100, api: base }),
  ntfy: (base) => ({ url: `${base}/topic`, token: SECRET }),
  pagerduty: (base) => ({ routing_key: SECRET, url: `${base}/v2/enqueue` }),
  teams: (base) => ({ url: `${base}/workflows/${SECRET}` }),
};

const messenger = createMessenger();
const parsed = (kind: string, target: Record<string, unknown>): Record<string, unknown> =>
  NOTIFIERS[kind]!.schema.parse(target);

for (const [kind, targetAt] of Object.entries(TARGETS)) {
  describe(`${kind}: HTTP`, () => {
    const send = (base: string, over: Parameters<typeof sendContext>[0] = {}) =>
      messenger.send(kind, parsed(kind, targetAt(base)), message(), sendContext(over));

    test('one POST of JSON arrives', async () => {
      await using server = await receiver(answering(202, '{"ok":true}'));
      assert.deepEqual(await send(server.url), { result: 'delivered', remark: null });
      const [one, ...more] = server.received;
      assert.deepEqual([more.length, one!.method, one!.headers['content-type']], [0, 'POST', 'application/json']);
      assert.doesNotThrow(() => JSON.parse(one!.body) as unknown);
      assert.match(one!.body, /DOWN postgres@web1|alert\.opened/);
    });

    test('429 waits as long as the answer says, in seconds or until a date', async () => {
      await using server = await receiver(answering(429, 'slow down', { 'retry-after': '7' }));
      const outcome = await send(server.url);
      assert.deepEqual([outcome.result, outcome.result === 'retry' && outcome.afterMs], ['retry', 7000]);
      server.answer = answering(429, '', { 'retry-after': new Date(AT + 90_000).toUTCString() });
      const until = await send(server.url);
      assert.deepEqual([until.result, until.result === 'retry' && until.afterMs], ['retry', 90_000]);
    });

    test('a broken server is tried again', async () => {
      await using server = await receiver(answering(503, '<h1>down</h1>'));
      const outcome = await send(server.url);
      assert.equal(outcome.result, 'retry');
      assert.match(outcome.result === 'retry' ? outcome.reason : '', /answered 503: down|503/);
    });

    test('410 gives up, and redirects are not followed', async () => {
      await using other = await receiver();
      await using server = await receiver(answering(410, 'gone'));
      assert.equal((await send(server.url)).result, 'permanent');
      server.answer = answering(302, '', { location: other.url });
      assert.equal((await send(server.url)).result, 'permanent');
      assert.equal(other.received.length, 0);
    });

    test('one that accepts and never answers is left at the deadline', async () => {
      const sockets: Socket[] = [];
      const silent = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
      await new Promise<void>((resolve) => {
        silent.listen(0, '127.0.0.1', resolve);
      });
      try {
        const base = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
        const outcome = await send(base, { timeoutMs: 300 });
        assert.equal(outcome.result, 'retry');
        assert.match(outcome.result === 'retry' ? outcome.reason : '', /did not answer within 0\.3 s/);
      } finally {
        for (const socket of sockets) socket.destroy();
        silent.close();
      }
    });

    test('nobody there: tried again; the secret is never said', async () => {
      const server = await receiver();
      const { url } = server;
      await server[Symbol.asyncDispose]();
      const outcomes = [await send(url)];
      await using talkative = await receiver((received, response) =>
        response.writeHead(404).end(`no ${received.url} ${received.body} ${received.headers.authorization}`),
      );
      outcomes.push(await send(talkative.url));
      assert.equal(outcomes[0]!.result, 'retry');
      assert.doesNotMatch(JSON.stringify(outcomes), new RegExp(SECRET));
      const shown = await messenger.render(kind, parsed(kind, targetAt(url)), message());
      assert.doesNotMatch(shown.join(''), new RegExp(SECRET));
    });

    test('many alerts with long texts still fit', async () => {
      const long = 'x<&"'.repeat(400);
      const many = Array.from({ length: 60 }, (_, index) =>
        facts({ id: String(index), subject: `s${index}`, cause: long }),
      );
      const [first, ...rest] = many;
      await using server = await receiver(answering(200, '{"ok":true}'));
      const big = message({ alerts: [first!, ...rest] });
      const outcome = await messenger.send(kind, parsed(kind, targetAt(server.url)), big, sendContext());
      assert.equal(outcome.result, 'delivered');
      for (const { body } of server.received) LIMITS[kind]!(JSON.parse(body) as Record<string, unknown>, body);
    });
  });
}

type Json = Record<string, any>;

/** What the documentation of each says may be sent at most. */
const LIMITS: Record<string, (json: Json, body: string) => void> = {
  webhook: (json) => assert.equal((json['data'] as Json)['alerts'].length, 60),
  slack: ({ attachments: [{ blocks }] }) => {
    assert.ok(blocks.length <= 50, `${blocks.length} blocks`);
    for (const { type, text } of blocks) if (type === 'section') assert.ok(text.text.length <= 3000);
    assert.ok(blocks[0].text.text.length <= 150);
  },
  discord: ({ embeds }) => {
    assert.ok(embeds.length <= 10);
    let all = 0;
    for (const { title, fields, footer } of embeds) {
      assert.ok(title.length <= 256 && fields.length <= 25 && (footer?.text.length ?? 0) <= 2048);
      for (const { name, value } of fields) {
        assert.ok(name.length <= 256 && value.length <= 1024);
        all += name.length + value.length;
      }
      all += title.length + (footer?.text.length ?? 0);
    }
    assert.ok(all <= 6000, `${all} characters`);
  },
  telegram: ({ text }) => {
    assert.ok(text.length <= 4096);
    assert.equal(text.match(/<b>/g).length, text.match(/<\/b>/g).length);
  },
  ntfy: ({ message: text }) => assert.ok(Buffer.byteLength(text) <= 4096),
  pagerduty: ({ payload }) => assert.ok(payload.summary.length <= 1024),
  teams: (_, body) => assert.ok(Buffer.byteLength(body) <= 28 * 1024, `${Buffer.byteLength(body)} bytes`),
};
