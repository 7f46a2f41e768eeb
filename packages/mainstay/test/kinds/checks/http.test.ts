import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { context, eventually } from '../context.ts';
import { issue } from '../servers/certificates.ts';
import { makeFolder } from '../servers/program.ts';
import { Servers } from './http-servers.ts';

const servers = new Servers();
after(() => servers.close());
const prober = createProber();

/** Through the schema, as the daemon gets it. */
function probe(target: Record<string, unknown>, options: Parameters<typeof context>[0] = {}) {
  return prober.probe('http', CHECKS['http']!.schema.parse(target), context(options));
}

const nothingOpen = () => eventually('every connection is closed', () => servers.sockets.size === 0);

test('a good answer passes, with the times of its phases, and the connection is closed', async () => {
  const url = await servers.http((_request, response) => response.end('fine'));
  const seen = await probe({ url: `${url}/health` });
  assert.deepEqual([seen.status, seen.message], ['pass', `GET ${url}/health: 200`]);
  assert.deepEqual(Object.keys(seen.data!).sort(), ['bytes', 'connect_ms', 'first_byte_ms', 'status', 'transfer_ms']);
  await nothingOpen();
  const named = await probe({ url: url.replace('127.0.0.1', 'localhost') });
  assert.equal(named.status, 'pass');
  assert.equal(typeof named.data!['resolve_ms'], 'number');
});

test('each probe makes a connection of its own', async () => {
  const ports = new Set<number>();
  const url = await servers.http((request, response) => {
    ports.add(request.socket.remotePort!);
    response.setHeader('connection', 'keep-alive');
    response.end();
  });
  for (let count = 0; count < 3; count += 1) assert.equal((await probe({ url })).status, 'pass');
  assert.equal(ports.size, 3);
  await nothingOpen();
});

test('the request is as described', async () => {
  let seen = '';
  const url = await servers.http(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen = [request.method, request.url, request.headers['x-probe'], request.headers.authorization, body].join(' ');
    response.end();
  });
  const credentials = url.replace('//', '//joe:secret@');
  const result = await probe({
    url: `${credentials}/a?token=1`,
    method: 'PUT',
    headers: { 'X-Probe': 'yes' },
    body: 'ping',
  });
  assert.equal(seen, `PUT /a?token=1 yes Basic ${Buffer.from('joe:secret').toString('base64')} ping`);
  assert.equal(result.message, `PUT ${url}/a?…: 200`);
});

test('status: 2xx unless something else is expected', async () => {
  const url = await servers.http((request, response) => {
    response.statusCode = Number(request.url!.slice(1));
    response.end();
  });
  const wrong = await probe({ url: `${url}/500` });
  assert.deepEqual([wrong.status, wrong.message], ['fail', `GET ${url}/500: status 500, not 2xx`]);
  assert.equal(wrong.data!['status'], 500);
  assert.equal((await probe({ url: `${url}/204` })).status, 'pass');
  assert.equal((await probe({ url: `${url}/401`, expect: { status: [200, 401] } })).status, 'pass');
  assert.equal((await probe({ url: `${url}/404`, expect: { status: '4xx' } })).status, 'pass');
  assert.equal((await probe({ url: `${url}/200`, expect: { status: 204 } })).status, 'fail');
});

test('body and headers are compared', async () => {
  const url = await servers.http((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      request.url === '/text' ? 'All is Well' : '{"status":"degraded","parts":[{"name":"db","up":true}],"n":1}',
    );
  });
  const complaint = async (path: string, expect: Record<string, unknown>) => {
    const seen = await probe({ url: url + path, expect });
    return seen.status === 'pass' ? null : seen.message.slice(`GET ${url}${path}: `.length);
  };
  assert.equal(await complaint('/', { json: { parts: [{ up: true }], n: 1 } }), null);
  assert.equal(await complaint('/', { json: { status: 'healthy' } }), 'json.status is "degraded", not "healthy"');
  assert.equal(await complaint('/', { json: { parts: [{ name: 'x' }] } }), 'json.parts[0].name is "db", not "x"');
  assert.equal(await complaint('/', { json: { parts: [] } }), 'json.parts is a list of 1, not a list of 0');
  assert.equal(await complaint('/', { json: { version: 2 } }), 'json.version is missing, not 2');
  assert.equal(await complaint('/text', { json: {} }), 'the body is not JSON');
  assert.equal(await complaint('/text', { text: 'is Well' }), null);
  assert.equal(await complaint('/text', { text: '/^all.*well$/i' }), null);
  assert.equal(await complaint('/text', { text: '/^all/' }), 'the body does not contain the expected text');
  assert.equal(await complaint('/', { headers: { 'Content-Type': 'json' } }), null);
  assert.equal(await complaint('/', { headers: { etag: 'x' } }), 'header etag is missing');
  assert.equal(
    await complaint('/', { headers: { 'content-type': '/^text/' } }),
    'header content-type is not as expected',
  );
});

test('redirects are followed, unless they are what is expected; credentials stay with their origin', async () => {
  const got: unknown[] = [];
  const elsewhere = await servers.http((request, response) => {
    got.push(request.method, request.headers.authorization, request.headers.cookie, request.headers['x-kind']);
    response.end('there');
  });
  const url = await servers.http((request, response) => {
    const location = request.url === '/away' ? `${elsewhere}/` : request.url === '/ftp' ? 'ftp://x/' : '/loop';
    response.writeHead(request.url === '/away' ? 303 : 302, { location });
    response.end();
  });
  const headers = { Authorization: 'Bearer abc', Cookie: 'a=b', 'X-Kind': 'probe' };
  const seen = await probe({ url: `${url}/away`, method: 'POST', body: 'x', headers, expect: { text: 'there' } });
  assert.deepEqual([seen.status, seen.message], ['pass', `POST ${url}/away: 200`]);
  assert.deepEqual(got, ['GET', undefined, undefined, 'probe']);
  assert.match((await probe({ url: `${url}/loop` })).message, /more than 5 redirects$/);
  assert.match((await probe({ url: `${url}/ftp` })).message, /not an http\(s\) URL$/);
  assert.match((await probe({ url: `${url}/away`, redirects: 0 })).message, /status 303, not 2xx$/);
  assert.equal((await probe({ url: `${url}/loop`, expect: { status: '3xx' } })).status, 'pass');
});

test('an answer that breaks off fails', async () => {
  const half = await servers.http((_request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half');
    setImmediate(() => response.socket!.resetAndDestroy());
  });
  const seen = await probe({ url: half });
  assert.deepEqual([seen.status, seen.message], ['fail', `GET ${half}/: the answer broke off`]);
  const chunked = await servers.raw((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhe'));
  });
  assert.equal((await probe({ url: chunked })).status, 'fail');
  const rude = await servers.raw((socket) => socket.once('data', () => socket.destroy()));
  assert.equal((await probe({ url: rude })).status, 'fail');
  const alien = await servers.raw((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  assert.equal((await probe({ url: alien })).status, 'fail');
  await nothingOpen();
});

test('slowness is measured against one deadline, wherever it is spent', async () => {
  const frozen = await servers.raw(() => undefined);
  const dead = await probe({ url: frozen }, { timeoutMs: 400 });
  assert.deepEqual([dead.status, dead.message], ['fail', `GET ${frozen}/: an answer did not come within 0.4 s`]);
  const trickle = await servers.http((_request, response) => {
    const timer = setInterval(() => response.write('.'), 50);
    response.on('close', () => clearInterval(timer));
  });
  const slow = await probe({ url: trickle }, { timeoutMs: 1500 });
  assert.deepEqual(
    [slow.status, slow.message],
    ['fail', `GET ${trickle}/: the rest of the answer did not come within 1.5 s`],
  );
  const late = await servers.http((_request, response) => void setTimeout(() => response.end(), 300));
  const patient = await probe({ url: late });
  assert.equal(patient.status, 'pass');
  assert.ok(Number(patient.data!['first_byte_ms']) >= 250);
  await nothingOpen();
});

test('a large body is read to a MiB and no further', async () => {
  const url = await servers.http((request, response) => {
    const block = Buffer.alloc(65_536, 'x');
    const pour = (): void => {
      while (
        !response.destroyed &&
        response.write(request.url === '/early' ? Buffer.concat([Buffer.from('needle'), block]) : block)
      );
    };
    response.on('drain', pour);
    pour();
  });
  const seen = await probe({ url });
  assert.deepEqual([seen.status, seen.data!['bytes']], ['pass', 1_048_576]);
  assert.equal((await probe({ url: `${url}/early`, expect: { text: 'needle' } })).status, 'pass');
  assert.match((await probe({ url, expect: { text: 'needle' } })).message, /within its first MiB$/);
  assert.match((await probe({ url, expect: { json: {} } })).message, /too large to be read as JSON$/);
  await nothingOpen();
});

test('nobody there is a failure; a name that cannot be resolved is not', async () => {
  const url = await servers.absent();
  const refused = await probe({ url });
  assert.deepEqual([refused.status, refused.message], ['fail', `GET ${url}/: connection refused`]);
  const both = await probe({ url: url.replace('127.0.0.1', 'localhost') });
  assert.equal(both.status, 'fail');
  const unresolvable = await probe({ url: 'http://joe:secret@no-such-host.invalid/?token=t' });
  assert.equal(unresolvable.status, 'unknown');
  assert.doesNotMatch(unresolvable.message, /secret|token/);
  const nonsense = await prober.probe(
    'http',
    { ...CHECKS['http']!.schema.parse({ url }), url: 'joe:secret@nowhere' },
    context(),
  );
  assert.deepEqual([nonsense.status, nonsense.message], ['unknown', 'the url is not an http:// or https:// URL']);
  const header = await probe({ url, headers: { 'X-Bad': 'secret\nvalue' } });
  assert.deepEqual([header.status, /secret/.test(header.message)], ['unknown', false]);
});

test('a certificate that nobody has signed fails', async () => {
  const url = await servers.https((_request, response) => response.end());
  const seen = await probe({ url });
  assert.deepEqual([seen.status, seen.message], ['fail', `GET ${url}/: self-signed certificate`]);
  const plain = await servers.http((_request, response) => response.end());
  assert.equal((await probe({ url: plain.replace('http:', 'https:') })).status, 'fail');
  const mute = await servers.raw(() => undefined);
  const frozen = await probe({ url: mute.replace('http:', 'https:') }, { timeoutMs: 400 });
  assert.match(frozen.message, /the TLS handshake did not come within 0.4 s$/);
  await nothingOpen();
});

test('a cancelled probe is unknown and leaves no connection', async () => {
  const url = await servers.raw(() => undefined);
  const stop = new AbortController();
  const pending = probe({ url }, { cancel: stop.signal });
  await eventually('it is connected', () => servers.sockets.size === 1);
  stop.abort();
  const seen = await pending;
  assert.deepEqual([seen.status, seen.message], ['unknown', `cancelled while waiting for GET ${url}/: an answer`]);
  await nothingOpen();
});

test('logging in: a user, a token, and neither at another origin', async () => {
  const seen: unknown[] = [];
  const elsewhere = await servers.http((request, response) => {
    seen.push(request.headers.authorization);
    response.end();
  });
  const url = await servers.http((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(request.url === '/away' ? 302 : 200, { location: elsewhere }).end();
  });
  const user = { user: 'joe', password: 'pä:ss' };
  assert.equal((await probe({ url, auth: user })).status, 'pass');
  assert.equal((await probe({ url, auth: { token: 'abc' } })).status, 'pass');
  assert.equal((await probe({ url: `${url}/away`, auth: { token: 'abc' } })).status, 'pass');
  const basic = `Basic ${Buffer.from('joe:pä:ss').toString('base64')}`;
  assert.deepEqual(seen, [basic, 'Bearer abc', 'Bearer abc', undefined]);
});

test('paths in JSON', async () => {
  const body = { status: 'up', n: 0, parts: [{ name: 'db', 'odd.name': [1, 2] }, null] };
  const url = await servers.http((_request, response) => response.end(JSON.stringify(body)));
  const complaint = async (path: string, wanted: unknown) => {
    const seen = await probe({ url, expect: { json_path: { [path]: wanted } } });
    return seen.status === 'pass' ? null : seen.message.slice(`GET ${url}/: `.length);
  };
  assert.equal(await complaint('$.status', 'up'), null);
  assert.equal(await complaint('status', '/^UP$/i'), null);
  assert.equal(await complaint('parts[0].name', 'db'), null);
  assert.equal(await complaint('$.parts[0]["odd.name"][1]', 2), null);
  assert.equal(await complaint('$["parts"][0]', { name: 'db' }), null);
  assert.equal(await complaint('parts[1]', null), null);
  assert.equal(await complaint('$', { n: 0 }), null);
  assert.equal(await complaint('n', '/^0$/'), null);
  assert.equal(await complaint('n', 1), 'json at n is 0, not 1');
  assert.equal(await complaint('status', '/^down$/'), 'json at status is "up", which does not match /^down$/');
  assert.equal(await complaint('parts[2].name', 'db'), 'json at parts[2].name is missing, not "db"');
  assert.equal(await complaint('parts[1].name', 'db'), 'json at parts[1].name is missing, not "db"');
  for (const path of ['$..name', 'parts[*]', 'parts[', 'a b']) {
    assert.equal(CHECKS['http']!.schema.safeParse({ url, expect: { json_path: { [path]: 1 } } }).success, false, path);
  }
});

test('slow answers: a warning, a failure', async () => {
  const url = await servers.http((_request, response) => void setTimeout(() => response.end(), 150));
  const warned = await probe({ url, latency: { warn: '100ms', fail: '1h' } });
  assert.equal(warned.status, 'warn');
  assert.match(warned.message, /: took [\d.]+ s \(warns at 0.1 s\)$/);
  assert.equal((await probe({ url, latency: { fail: '100ms' } })).status, 'fail');
  assert.equal((await probe({ url, latency: { warn: '1h' } })).status, 'pass');
});

test('certificates: an authority of its own, and the end of those that it meets', async () => {
  using folder = makeFolder('http');
  const authority = issue({ name: 'test authority', authority: true });
  const ca = join(folder.path, 'ca.pem');
  writeFileSync(ca, authority.cert);
  const answer = (status: number, location?: string) => (_request: unknown, response: ServerResponse) =>
    void response.writeHead(status, location === undefined ? {} : { location }).end();
  const serve = (validFor: number, location?: string) =>
    servers.https(
      answer(location === undefined ? 200 : 302, location),
      issue({ name: 'web', issuer: authority, validFor, validFrom: -30 }),
    );
  const good = await serve(100);
  const fine = await probe({ url: good, ca_file: ca });
  assert.deepEqual([fine.status, fine.message, fine.data!['days_left']], ['pass', `GET ${good}/: 200`, 100]);
  assert.equal(typeof fine.data!['tls_ms'], 'number');
  assert.equal((await probe({ url: good })).status, 'fail');
  const ending = await serve(20);
  const warned = await probe({ url: ending, ca_file: ca });
  assert.deepEqual([warned.status, warned.message], ['warn', `GET ${ending}/: the certificate expires in 20 days`]);
  const urgent = await probe({ url: await serve(3), ca_file: ca });
  assert.match(`${urgent.status} ${urgent.message}`, /^warn .* in 3 days: renew it now$/);
  assert.equal((await probe({ url: ending, ca_file: ca, expiry: { fail: '21d' } })).status, 'fail');
  const through = await probe({ url: await serve(10, good), ca_file: ca });
  assert.deepEqual([through.status, through.data!['days_left']], ['warn', 10]);
  const over = await probe({ url: await serve(-3), ca_file: ca });
  assert.deepEqual([over.status, over.message.endsWith('certificate has expired')], ['fail', true]);
  const missing = await probe({ url: good, ca_file: join(folder.path, 'none') });
  assert.deepEqual([missing.status, missing.message.endsWith('ENOENT')], ['unknown', true]);
  await nothingOpen();
});
