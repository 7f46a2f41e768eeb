// The kind port: who listens, by service and by program; a port that is taken, and one that is free. (C8, R2)
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, type ListenOptions, createServer } from 'node:net';
import { basename } from 'node:path';
import { test } from 'node:test';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { freePorts } from '../../../../../test/support/ports.ts';
import { context } from '../context.ts';
import { Family } from '../servers/family.ts';

const node = basename(process.execPath);

const probe = (target: Record<string, unknown>, options: Parameters<typeof context>[0] = {}) =>
  createProber().probe('port', CHECKS['port']!.schema.parse(target), context(options));

/** A server of this process, on a port of its own. */
async function listen(options: ListenOptions): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer().listen({ port: 0, ...options });
  await once(server, 'listening');
  const dispose = async (): Promise<void> => {
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: dispose };
}

/** A leader of a session, whose child listens. */
function serve(port: number): Promise<Family> {
  const script = `require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('ready'))`;
  return Family.start('sh', '-c', '"$0" -e "$1" & wait', process.execPath, script);
}

test('somebody listens, by name; nobody does; a port that is to be free', async () => {
  await using server = await listen({ host: '127.0.0.1' });
  const { port } = server;
  const seen = await probe({ port });
  assert.deepEqual([seen.status, seen.message], ['pass', `tcp port ${port}: ${node} (process ${process.pid}) listens`]);
  assert.deepEqual(seen.data, { pid: process.pid, holder: node });
  assert.equal((await probe({ port: String(port), holder: node })).status, 'pass');
  const other = await probe({ port, holder: 'nginx' });
  const message = `tcp port ${port}: ${node} (process ${process.pid}) listens, not nginx`;
  assert.deepEqual([other.status, other.message], ['fail', message]);
  const taken = await probe({ port, listening: false });
  assert.deepEqual(
    [taken.status, taken.message],
    ['fail', `tcp port ${port}: is taken by ${node} (process ${process.pid})`],
  );
  const [free] = await freePorts(1);
  const nobody = await probe({ port: free });
  assert.deepEqual([nobody.status, nobody.message], ['fail', `tcp port ${free}: nobody listens`]);
  assert.equal((await probe({ port: free, listening: false })).status, 'pass');
  assert.equal((await probe({ port, protocol: 'udp' })).status, 'fail');
});

test('addresses: one, another, all of them, and IPv6', async () => {
  await using one = await listen({ host: '127.0.0.1' });
  assert.equal((await probe({ port: one.port, address: '127.0.0.1' })).status, 'pass');
  assert.equal((await probe({ port: one.port, address: '127.0.0.2' })).status, 'fail');
  assert.equal((await probe({ port: one.port, address: '::1' })).status, 'fail');
  await using all = await listen({ host: '0.0.0.0' });
  assert.equal((await probe({ port: all.port, address: '127.0.0.2' })).status, 'pass');
  assert.equal((await probe({ port: all.port, address: '::1' })).status, 'fail');
  await using both = await listen({ host: '::' });
  assert.equal((await probe({ port: both.port, address: '127.0.0.2' })).status, 'pass');
  assert.equal((await probe({ port: both.port, address: '0:0:0:0:0:0:0:1' })).status, 'pass');
  await using six = await listen({ host: '::1' });
  assert.equal((await probe({ port: six.port, address: '::1' })).status, 'pass');
  assert.equal((await probe({ port: six.port, address: '::2' })).status, 'fail');
});

test('UDP: one that is bound listens, one that is connected does not', async () => {
  const bound = createSocket('udp4').bind(0, '127.0.0.1');
  await once(bound, 'listening');
  const client = createSocket('udp4');
  client.connect(bound.address().port, '127.0.0.1');
  await once(client, 'connect');
  assert.equal((await probe({ port: bound.address().port, protocol: 'udp' })).status, 'pass');
  assert.equal((await probe({ port: client.address().port, protocol: 'udp' })).status, 'fail');
  bound.close();
  client.close();
});

test('a service: its child listens, another service does, or nothing of it runs', async () => {
  const [port] = await freePorts(1);
  await using web = await serve(port!);
  await using other = await Family.start('sh', '-c', 'echo ready; exec sleep 600');
  const none = { ...web.facts('gone/0'), pid: null };
  const services = { web: [web.facts('web/0')], other: [other.facts('other/0')], gone: [none] };
  const right = await probe({ port, service: 'web' }, { services });
  assert.equal(right.status, 'pass', right.message);
  assert.notEqual(right.data!['pid'], web.pid);
  const wrong = await probe({ port, service: 'other' }, { services });
  assert.equal(wrong.status, 'fail');
  assert.match(wrong.message, new RegExp(`^tcp port ${port}: ${node} \\(process \\d+\\) listens, not other$`));
  for (const [service, why] of [
    ['gone', 'nothing of gone runs'],
    ['stranger', 'there is no service "stranger", or no daemon to ask'],
  ] as const) {
    const seen = await probe({ port, service }, { services });
    assert.equal(seen.status, 'unknown');
    assert.ok(seen.message.includes(why), seen.message);
  }
});

test('what is no port, and a run that is no longer wanted', async () => {
  assert.equal((await createProber().probe('port', { port: '70000', listening: true }, context())).status, 'unknown');
  await using server = await listen({ host: '127.0.0.1' });
  const stop = new AbortController();
  stop.abort();
  assert.equal((await probe({ port: server.port }, { cancel: stop.signal })).status, 'unknown');
});
