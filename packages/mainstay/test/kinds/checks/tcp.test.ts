import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { after, test } from 'node:test';
import { createProber } from '../../../src/registry/runners.ts';
import { context, eventually } from '../context.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
after(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

async function serve(onSocket: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address at which nobody listens. */
async function absent(): Promise<string> {
  const address = await serve(() => undefined);
  await new Promise((resolve) => {
    servers.pop()!.close(resolve);
  });
  return address;
}

const probe = (target: Record<string, unknown>, options: Parameters<typeof context>[0] = {}) =>
  createProber().probe('tcp', target, context(options));

test('a connection passes, and is closed again', async () => {
  const address = await serve((socket) => socket.resume());
  const seen = await probe({ address });
  assert.deepEqual([seen.status, seen.message], ['pass', `${address}: connected`]);
  await eventually('the server sees it closed', () => sockets.size === 0);
});

test('words are exchanged', async () => {
  const address = await serve((socket) => {
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      if (String(text) !== 'PING\r\n') return;
      socket.write('+PO');
      setImmediate(() => socket.write('NG\r\n'));
    });
  });
  assert.equal((await probe({ address, send: 'PING\r\n', expect: '+PONG' })).status, 'pass');
  assert.equal((await probe({ address, send: 'PING\r\n', expect: '/^\\+pong/i' })).status, 'pass');
});

test('other words, an early end and silence fail', async () => {
  const other = await serve((socket) => socket.end('-LOADING\r\n'));
  const wrong = await probe({ address: other, expect: '+PONG' });
  assert.deepEqual(
    [wrong.status, wrong.message],
    ['fail', `${other}: closed after "-LOADING" came, not the expected text`],
  );
  const flood = await serve((socket) => socket.write('x'.repeat(70_000)));
  assert.equal((await probe({ address: flood, expect: 'y' })).status, 'fail');
  const reset = await serve((socket) => socket.resetAndDestroy());
  assert.equal((await probe({ address: reset, expect: 'y' })).status, 'fail');
  const silent = await serve((socket) => socket.resume());
  const frozen = await probe({ address: silent, expect: '+PONG' }, { timeoutMs: 400 });
  assert.deepEqual(
    [frozen.status, frozen.message],
    ['fail', `the expected text from ${silent} did not come within 0.4 s`],
  );
  await eventually('nothing is left open', () => sockets.size === 0);
});

test('nobody there is a failure; a name that cannot be resolved is not', async () => {
  const address = await absent();
  const refused = await probe({ address });
  assert.deepEqual([refused.status, refused.message], ['fail', `${address}: connection refused`]);
  const unresolvable = await probe({ address: 'no-such-host.invalid:80' });
  assert.equal(unresolvable.status, 'unknown');
  const nonsense = await probe({ address: 'nonsense' });
  assert.deepEqual([nonsense.status, nonsense.message], ['unknown', 'nonsense is not host:port']);
});

test('a cancelled probe is unknown and leaves no connection', async () => {
  const address = await serve((socket) => socket.resume());
  const stop = new AbortController();
  const pending = probe({ address, expect: 'never' }, { cancel: stop.signal });
  await eventually('it is connected', () => sockets.size === 1);
  stop.abort();
  assert.equal((await pending).status, 'unknown');
  await eventually('it is closed', () => sockets.size === 0);
  assert.equal((await probe({ address }, { cancel: stop.signal })).status, 'unknown');
});
