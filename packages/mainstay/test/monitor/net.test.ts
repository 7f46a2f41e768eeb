/** How monitors talk to each other, over real sockets. */
import assert from 'node:assert/strict';
import { createServer, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Ballots } from '../../src/core/quorum/index.ts';
import { ask, beat } from '../../src/monitor/net/ask.ts';
import { Answers } from '../../src/monitor/net/serve.ts';
import { FROM, NONCE, SIGNATURE, signAnswer, signQuestion } from '../../src/monitor/net/sign.ts';
import { freePorts } from '../../../../test/support/ports.ts';
import { eventually } from '../../../../test/support/wait.ts';

const KEY = '0123456789abcdef';
const BALLOTS: Ballots = { site: { opinion: 'down', claim: 'wanted' } };

async function answering(): Promise<AsyncDisposable & { url: string; asked: string[][]; notes: string[] }> {
  const [port = 0] = await freePorts(1);
  const asked: string[][] = [];
  const notes: string[] = [];
  const told = {
    health: () => ({ status: 'pass' as const, timestamp: 'now', checks: { site: 'fail' } }),
    answer: (about: readonly string[]) => (asked.push([...about]), BALLOTS),
  };
  const answers = new Answers(told, {
    listen: { host: '127.0.0.1', port },
    key: KEY,
    note: (text) => notes.push(text),
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually('it listens', async () => (await get(url, '/health')).status === 200);
  return { url, asked, notes, [Symbol.asyncDispose]: () => answers.close() };
}

async function serving(listener: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function get(
  url: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const sent = request(new URL(path, url), { method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', () => resolve({ status: 0, body: '' })).end();
  });
}

test('who has the key is answered, and believed', async () => {
  await using other = await answering();
  assert.deepEqual(await ask({ url: other.url, key: KEY, from: 'a', about: ['site', 'monitor b'] }), {
    ballots: BALLOTS,
  });
  assert.deepEqual(other.asked, [['site', 'monitor b']]);
});

test('who has another key learns nothing', async () => {
  await using other = await answering();
  assert.deepEqual(await ask({ url: other.url, key: 'another key, of 16', from: 'a', about: [] }), {
    why: 'it has another key',
  });
  const signature = signQuestion(KEY, 'n', 'a', '/verdicts');
  for (const headers of [
    {},
    { [NONCE]: 'n', [FROM]: 'b', [SIGNATURE]: signature },
    { [NONCE]: 'm', [FROM]: 'a', [SIGNATURE]: signature },
  ]) {
    assert.equal((await get(other.url, '/verdicts', headers)).status, 403);
  }
  // A signature is for one question.
  assert.equal(
    (await get(other.url, '/verdicts?about=site', { [NONCE]: 'n', [FROM]: 'a', [SIGNATURE]: signature })).status,
    403,
  );
  assert.equal((await get(other.url, '/verdicts', { [NONCE]: 'n', [FROM]: 'a', [SIGNATURE]: signature })).status, 200);
  assert.deepEqual(other.asked, [[]]);
});

test('the key itself is never sent', async () => {
  let seen = '';
  await using other = await serving((incoming, response) => {
    seen += JSON.stringify([incoming.url, incoming.headers]);
    response.end();
  });
  await ask({ url: other.url, key: KEY, from: 'a', about: ['site'] });
  assert.match(seen, /about=site/);
  assert.doesNotMatch(seen, new RegExp(KEY));
});

test('an answer that somebody else made, an old one, and one that is none are not believed', async () => {
  const body = JSON.stringify({ ballots: BALLOTS });
  const cases: [RequestListener, RegExp][] = [
    [(_request, response) => response.end(body), /not signed/],
    [
      (_request, response) => response.setHeader(SIGNATURE, signAnswer(KEY, 'an older nonce', body)).end(body),
      /not signed/,
    ],
    [signed('{"ballots":{"site":{"opinion":"odd","claim":"none"}}}'), /cannot be read/],
    [signed('nothing'), /cannot be read/],
    [signed('null'), /cannot be read/],
    [(_request, response) => response.writeHead(500).end(), /status 500/],
    [(incoming) => incoming.socket.destroy(), /ECONNRESET|hang up/],
  ];
  for (const [listener, why] of cases) {
    await using other = await serving(listener);
    const answer = await ask({ url: other.url, key: KEY, from: 'a', about: [] });
    assert.match('why' in answer ? answer.why : 'believed', why);
  }
  assert.deepEqual(await ask({ url: 'http://127.0.0.1:1', key: KEY, from: 'a', about: [] }), { why: 'ECONNREFUSED' });
  assert.deepEqual(await ask({ url: 'nonsense', key: KEY, from: 'a', about: [] }), { why: 'its url is none' });
});

const signed =
  (body: string): RequestListener =>
  (incoming, response) =>
    response.setHeader(SIGNATURE, signAnswer(KEY, String(incoming.headers[NONCE]), body)).end(body);

test('states are open, and nothing else is', async () => {
  await using other = await answering();
  for (const path of ['/health', '/health/live']) {
    assert.deepEqual(JSON.parse((await get(other.url, path)).body), {
      status: 'pass',
      timestamp: 'now',
      checks: { site: 'fail' },
    });
  }
  assert.equal((await get(other.url, '/')).status, 404);
  assert.equal((await get(other.url, '/health', {}, 'POST')).status, 405);
});

test('an address that is taken is said, and had once it is free', async () => {
  const first = await answering();
  const port = Number(new URL(first.url).port);
  const notes: string[] = [];
  const told = { health: () => ({ status: 'warn' as const, timestamp: 't', checks: {} }), answer: () => ({}) };
  const second = new Answers(told, {
    listen: { host: '127.0.0.1', port },
    key: null,
    note: (text) => notes.push(text),
  });
  await eventually('it says so', () => notes.length > 0);
  assert.match(second.problem ?? '', /^cannot listen on 127\.0\.0\.1:\d+: EADDRINUSE$/);
  await first[Symbol.asyncDispose]();
  await eventually('it listens', () => second.problem === null);
  assert.equal((await get(first.url, '/verdicts')).status, 403, 'without a key nobody is told');
  await second.close();
});

test('a heartbeat arrives, or in words why not', async () => {
  let method = '';
  await using other = await serving((incoming, response) => {
    method = `${incoming.method} ${incoming.url}`;
    response.writeHead(incoming.url === '/ping/secret' ? 204 : 404).end();
  });
  assert.equal(await beat(`${other.url}/ping/secret`), null);
  assert.equal(method, 'POST /ping/secret');
  const wrong = await beat(`${other.url}/ping/hunter22`);
  assert.equal(wrong, 'it is answered with status 404');
  assert.equal(await beat('http://127.0.0.1:1/ping/hunter22'), 'ECONNREFUSED');
});
