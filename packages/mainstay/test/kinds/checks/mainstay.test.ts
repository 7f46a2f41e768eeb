import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { createProber } from '../../../src/registry/runners.ts';
import { context } from '../context.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const says = (body: unknown, status = 200): Promise<string> =>
  serve((request, response) => {
    response.statusCode = request.url === '/health' ? status : 404;
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });

const probe = (url: string, options: Parameters<typeof context>[0] = {}) =>
  createProber().probe('mainstay', { url }, context(options));

test('a daemon that answers lives', async () => {
  const url = await says({ status: 'pass', timestamp: '2026-11-28T12:00:00.000Z', services: { web: 'pass' } });
  const seen = await probe(url);
  assert.deepEqual([seen.status, seen.message], ['pass', `${url}/health: it lives`]);
  assert.equal((await probe(`${url}/`)).status, 'pass');
  assert.equal((await probe(`${url}/other`)).status, 'fail', 'a path of its own is asked for as it is');
});

test('what the daemon says of services is a warning: it tells people itself', async () => {
  const services = { web: 'fail', db: 'pass', queue: { status: 'warn' } };
  const seen = await probe(await says({ status: 'fail', timestamp: '2026-11-28T12:00:00.000Z', services }, 503));
  assert.equal(seen.status, 'warn');
  assert.match(seen.message, /: it lives, and says: web is fail, queue is warn$/);
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`s${at}`, 'fail']));
  const long = await probe(await says({ status: 'fail', timestamp: 't', services: many }, 503));
  assert.match(long.message, /s4 is fail, and 4 more$/);
  assert.match((await probe(await says({ status: 'warn', timestamp: 't' }))).message, /its status is warn$/);
});

test('what answers and is not mainstay is a silent daemon', async () => {
  for (const [body, status] of [
    ['<html>', 200],
    [{ status: 'up' }, 200],
    ['null', 200],
    [{ status: 'pass', timestamp: 't' }, 404],
  ] as const) {
    const seen = await probe(await says(body, status));
    assert.equal(seen.status, 'fail', JSON.stringify(body));
    assert.match(seen.message, /^daemon silent: http/);
  }
});

test('nobody listens, and one that accepts and never answers', async () => {
  const url = await serve(() => undefined);
  const seen = await probe(url, { timeoutMs: 200 });
  assert.equal(seen.status, 'fail');
  assert.match(seen.message, /^daemon silent: .*: an answer did not come within 0\.2 s$/);
  const server = servers.pop()!;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const gone = await probe(url);
  assert.deepEqual([gone.status, gone.message], ['fail', `daemon silent: ${url}/health: connection refused`]);
});

test('a daemon whose time stands still is silent', async () => {
  let timestamp = '2026-11-28T12:00:00.000Z';
  const url = await serve((_request, response) => response.end(JSON.stringify({ status: 'pass', timestamp })));
  const memory = {};
  let now = 0;
  const run = async (): Promise<string> => {
    now += 10_000;
    return (await createProber().probe('mainstay', { url }, { ...context({ memory }), monotonicMs: () => now })).status;
  };
  assert.deepEqual([await run(), await run(), await run()], ['pass', 'fail', 'fail']);
  timestamp = '2026-11-28T12:00:30.000Z';
  assert.deepEqual([await run(), await run()], ['pass', 'fail']);
});

test('a name that cannot be resolved says nothing of the daemon', async () => {
  assert.equal((await probe('http://no-such-host.invalid:7070')).status, 'unknown');
});
