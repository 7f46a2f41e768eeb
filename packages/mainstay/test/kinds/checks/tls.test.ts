// The kind tls against real handshakes: good, broken, slow, frozen and absent.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { connect, createServer as createRawServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { freePorts } from '../../../../../test/support/ports.ts';
import { context, eventually } from '../context.ts';
import { type CertificateOptions, type Issued, issue } from '../servers/certificates.ts';
import { makeFolder } from '../servers/program.ts';

const prober = createProber();
const folder = makeFolder('tls');
const servers: Server[] = [];
const sockets = new Set<Socket>();
after(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  folder[Symbol.dispose]();
});

const authority = issue({ name: 'test authority', authority: true });
const middle = issue({ name: 'in between', authority: true, issuer: authority, validFor: 100 });
const ca = join(folder.path, 'ca.pem');
writeFileSync(ca, authority.cert);

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function serve(certificate: Issued, options: TlsOptions = {}): Promise<string> {
  const server = createServer({ ...certificate, ...options }, (socket) => void socket.on('error', () => undefined));
  server.on('tlsClientError', () => undefined);
  return listen(server);
}

const serveNew = (options: Partial<CertificateOptions> = {}) =>
  serve(issue({ name: 'server', issuer: authority, ...options }));

function probe(target: Record<string, unknown>, options: Parameters<typeof context>[0] = {}) {
  return prober.probe('tls', CHECKS['tls']!.schema.parse({ ca_file: ca, ...target }), context(options));
}

test('a good certificate passes, and the connection is closed', async () => {
  const address = await serveNew();
  const seen = await probe({ address });
  assert.deepEqual(
    [seen.status, seen.message],
    ['pass', `${address}: TLSv1.3, the certificate is valid for 365 days more`],
  );
  assert.deepEqual(
    [seen.data!['days_left'], seen.data!['issuer'], seen.data!['protocol']],
    [365, 'test authority', 'TLSv1.3'],
  );
  await eventually('it is closed', () => sockets.size === 0);
});

test('the end of the certificate: 21, 14 and 7 days before it, and after', async () => {
  const said = async (validFor: number, expiry?: Record<string, string>): Promise<string> => {
    const address = await serveNew({ validFor, validFrom: -30 });
    const seen = await probe({ address, ...(expiry === undefined ? {} : { expiry }) });
    assert.equal(seen.data!['days_left'], validFor);
    return `${seen.status} ${seen.message.slice(address.length + 2)}`;
  };
  assert.match(await said(21), /^pass /);
  assert.equal(await said(20), 'warn the certificate expires in 20 days');
  assert.equal(await said(14), 'warn the certificate expires in 14 days');
  assert.equal(await said(13), 'warn the certificate expires in 13 days: renew it now');
  assert.equal(await said(7), 'warn the certificate expires in 7 days: renew it now');
  assert.equal(await said(6), 'fail the certificate expires in 6 days');
  assert.equal(await said(-3), 'fail the certificate has expired');
  assert.match(await said(6, { warn: '5d', urgent: '3d', fail: '1d' }), /^pass /);
});

test('names: the host, another one to ask for, and more', async () => {
  const address = await serveNew({ hosts: ['shop.test', '*.shop.test'] });
  const other = await probe({ address });
  assert.deepEqual([other.status, other.message], ['fail', `${address}: the certificate is for other names`]);
  assert.equal((await probe({ address, server_name: 'shop.test', names: ['www.shop.test'] })).status, 'pass');
  const missing = await probe({ address, server_name: 'shop.test', names: ['www.shop.test', 'other.test'] });
  assert.deepEqual([missing.status, missing.message], ['fail', `${address}: the certificate is not for other.test`]);
});

test('the chain: complete, incomplete, of nobody, not valid yet, and with an end of its own', async () => {
  const leaf = issue({ name: 'server', issuer: middle });
  const whole = await serve({ key: leaf.key, cert: leaf.cert + middle.cert });
  const seen = await probe({ address: whole, expiry: { warn: '120d' } });
  assert.deepEqual([seen.status, seen.message], ['warn', `${whole}: a certificate of its chain expires in 100 days`]);
  const part = await serve(leaf);
  const incomplete = await probe({ address: part });
  assert.equal(incomplete.status, 'fail');
  assert.match(incomplete.message, /: the chain of certificates is not complete, or its authority is not trusted$/);
  const own = await serve(issue({ name: 'server' }));
  assert.match((await probe({ address: own })).message, /: the certificate is signed by nobody but itself$/);
  const early = await serveNew({ validFrom: 2 });
  assert.match((await probe({ address: early })).message, /: the certificate is not valid yet$/);
  const unknown = await prober.probe('tls', CHECKS['tls']!.schema.parse({ address: whole }), context());
  assert.equal(unknown.status, 'fail');
});

test('a handshake that fails, and what does not speak TLS', async () => {
  const old = await serve(issue({ name: 'server', issuer: authority }), {
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1.1',
  });
  const refused = await probe({ address: old });
  assert.equal(refused.status, 'fail');
  const alien = await listen(createRawServer((socket) => void socket.resume().end('220 mail.example.org ESMTP\r\n')));
  const plain = await probe({ address: alien });
  assert.deepEqual([plain.status, plain.message], ['fail', `${alien}: what answers there does not speak TLS`]);
  const rude = await listen(createRawServer((socket) => socket.destroy()));
  assert.equal((await probe({ address: rude })).status, 'fail');
  const missing = await probe({ address: old, ca_file: '/nowhere/ca.pem' });
  assert.deepEqual([missing.status, missing.message], ['unknown', 'cannot read /nowhere/ca.pem: ENOENT']);
});

test('slow, frozen, absent and cancelled', async () => {
  const { key, cert } = issue({ name: 'server', issuer: authority });
  const behind = await serve({ key, cert });
  const slow = await listen(
    createRawServer((socket) => {
      const inner = connect(Number(behind.split(':')[1]), '127.0.0.1').on('error', () => undefined);
      socket.on('data', (chunk) => void setTimeout(() => inner.write(chunk), 200)).on('close', () => inner.destroy());
      inner.on('data', (chunk) => socket.write(chunk)).on('close', () => socket.destroy());
    }),
  );
  assert.equal((await probe({ address: slow })).status, 'pass');
  const frozen = await listen(createRawServer((socket) => void socket.resume()));
  const dead = await probe({ address: frozen }, { timeoutMs: 400 });
  assert.deepEqual([dead.status, dead.message], ['fail', `${frozen}: the TLS handshake did not come within 0.4 s`]);
  const stop = new AbortController();
  const pending = probe({ address: frozen }, { cancel: stop.signal });
  stop.abort();
  assert.equal((await pending).status, 'unknown');
  const [port] = await freePorts(1);
  const absent = await probe({ address: `127.0.0.1:${port}` });
  assert.deepEqual([absent.status, absent.message], ['fail', `127.0.0.1:${port}: connection refused`]);
  assert.equal((await probe({ address: 'no-such-host.invalid:443' })).status, 'unknown');
  await eventually('nothing is left open', () => sockets.size === 0);
});
