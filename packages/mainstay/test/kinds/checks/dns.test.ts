// The kind dns against a name server that answers, refuses, is slow, frozen and absent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { context, eventually } from '../context.ts';
import { name, short, startNameServer } from '../servers/dns.ts';

const prober = createProber();

function probe(target: Record<string, unknown>, options: Parameters<typeof context>[0] = {}) {
  return prober.probe('dns', CHECKS['dns']!.schema.parse(target), context(options));
}

const text = (words: string): Buffer => Buffer.concat([Buffer.from([words.length]), Buffer.from(words)]);

const ZONE = {
  'A shop.test': [Buffer.from([192, 0, 2, 1]), Buffer.from([192, 0, 2, 2])],
  'AAAA shop.test': [Buffer.from('20010db8000000000000000000000001', 'hex')],
  'MX shop.test': [Buffer.concat([short(10), name('mail.shop.test')])],
  'NS shop.test': [name('ns.shop.test')],
  'CNAME www.shop.test': [name('Shop.test')],
  'TXT shop.test': [Buffer.concat([text('v=spf1 '), text('-all')])],
  'SRV _sip._tcp.shop.test': [Buffer.concat([short(10, 5, 5060), name('sip.shop.test')])],
  'SOA shop.test': [
    Buffer.concat([name('ns.shop.test'), name('admin.shop.test'), short(0, 7, 0, 1, 0, 1, 0, 1, 0, 1)]),
  ],
  'CAA shop.test': [Buffer.concat([Buffer.from([0]), text('issue'), Buffer.from('ca.test')])],
  'PTR 1.2.0.192.in-addr.arpa': [name('shop.test')],
  'A gone.test': 3,
  'A broken.test': 2,
  'A secret.test': 5,
};

test('each type of record is asked for and written as in a zone', async () => {
  await using server = await startNameServer(ZONE);
  const found = async (asked: string, type: string): Promise<unknown> => {
    const seen = await probe({ name: asked, type, server: server.address });
    assert.equal(seen.status, 'pass', seen.message);
    return seen.data!['records'];
  };
  assert.equal(await found('shop.test', 'A'), '192.0.2.1, 192.0.2.2');
  assert.equal(await found('shop.test', 'AAAA'), '2001:db8::1');
  assert.equal(await found('shop.test', 'MX'), '10 mail.shop.test');
  assert.equal(await found('shop.test', 'NS'), 'ns.shop.test');
  assert.equal(await found('www.shop.test', 'CNAME'), 'Shop.test');
  assert.equal(await found('shop.test', 'TXT'), 'v=spf1 -all');
  assert.equal(await found('_sip._tcp.shop.test', 'SRV'), '10 5 5060 sip.shop.test');
  assert.equal(await found('shop.test', 'SOA'), 'ns.shop.test admin.shop.test 7');
  assert.equal(await found('shop.test', 'CAA'), '0 issue ca.test');
  assert.equal(await found('192.0.2.1', 'PTR'), 'shop.test');
  const plain = await probe({ name: 'shop.test', server: server.address });
  assert.deepEqual(
    [plain.message, plain.data!['answers']],
    [`A shop.test at ${server.address}: 192.0.2.1, 192.0.2.2`, 2],
  );
});

test('expected answers', async () => {
  await using server = await startNameServer(ZONE);
  const said = async (target: Record<string, unknown>): Promise<string> => {
    const seen = await probe({ name: 'shop.test', server: server.address, ...target });
    return `${seen.status} ${seen.message.split(`${server.address}: `)[1]}`;
  };
  const both = '192.0.2.1, 192.0.2.2';
  assert.equal(await said({ expect: '192.0.2.2' }), `pass ${both}`);
  assert.equal(await said({ expect: ['192.0.2.2', '/^192\\.0\\.2\\.1$/'], exactly: true }), `pass ${both}`);
  assert.equal(await said({ expect: '192.0.2.1', exactly: true }), 'fail 192.0.2.2 is not expected');
  assert.equal(await said({ expect: '192.0.2.3' }), `fail 192.0.2.3 is missing; ${both} came`);
  assert.equal(await said({ name: 'www.shop.test', type: 'CNAME', expect: 'SHOP.test.' }), 'pass Shop.test');
  assert.equal(await said({ name: 'shop.test', type: 'PTR' }), 'unknown this is not something that can be asked for');
  assert.equal(await said({ name: 'other.test' }), 'fail no such record');
  assert.equal(await said({ name: 'other.test', expect: '192.0.2.1' }), 'fail 192.0.2.1 is missing; nothing came');
  assert.equal(await said({ name: 'gone.test' }), 'fail the name does not exist');
  assert.equal(await said({ name: 'broken.test' }), 'fail the server could not find out (SERVFAIL)');
  assert.equal(await said({ name: 'secret.test' }), 'fail the server refuses to answer');
});

test('slow, frozen and absent', async () => {
  await using server = await startNameServer(ZONE);
  const target = { name: 'shop.test', server: server.address };
  server.delay = 300;
  assert.equal((await probe(target)).status, 'pass');
  server.delay = null;
  const dead = await probe(target, { timeoutMs: 600 });
  assert.equal(dead.status, 'fail');
  assert.match(dead.message, /: an answer did not come within 0.6 s$|: no server answered$/);
  server.asked = [];
  const stop = new AbortController();
  const pending = probe(target, { cancel: stop.signal });
  await eventually('it is asked', () => server.asked.length > 0);
  stop.abort();
  assert.equal((await pending).status, 'unknown');
  const gone = await startNameServer({});
  await gone[Symbol.asyncDispose]();
  const absent = await probe({ name: 'shop.test', server: gone.address }, { timeoutMs: 3000 });
  assert.equal(absent.status, 'fail');
  assert.match(absent.message, /: nobody listens at the server$|: no server answered$|did not come within/);
});
