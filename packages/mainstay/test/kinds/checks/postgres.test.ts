// The kind postgres against a real PostgreSQL: healthy, broken, slow, frozen and absent.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { freePorts } from '../../../../../test/support/ports.ts';
import { context, eventually } from '../context.ts';
import { issue } from '../servers/certificates.ts';
import { type Postgres, startPostgres, writeSecret } from '../servers/postgres.ts';

const prober = createProber();

function probe(target: Record<string, unknown>, options: Parameters<typeof context>[0] = {}) {
  return prober.probe('postgres', CHECKS['postgres']!.schema.parse(target), context(options));
}

describe('one PostgreSQL', () => {
  let postgres: Postgres;
  let where: string;
  let url: string;
  before(async () => {
    postgres = await startPostgres('archive_mode=on', 'archive_command=true');
    where = `127.0.0.1:${postgres.port}/postgres`;
    url = `postgresql://admin@${where}`;
    await postgres.sql(`CREATE ROLE shop LOGIN PASSWORD 'corr:ect/h@rse'`);
    await postgres.sql('CREATE TABLE jobs (id int, state text)');
    await postgres.sql('GRANT SELECT, INSERT ON jobs TO shop');
  });
  after(() => postgres[Symbol.asyncDispose]());
  const others = `SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;
  const nobodyElse = () => eventually('no connection is left', async () => (await postgres.sql(others))[0]![0] === 0);

  test('healthy: passes with what it knows, over TCP and over a socket, and leaves no connection', async () => {
    await nobodyElse();
    const seen = await probe({ url });
    assert.deepEqual([seen.status, seen.message], ['pass', `${where}: primary, 1 connections`]);
    assert.deepEqual(Object.keys(seen.data!).sort(), [
      'archive_failures',
      'archive_waiting',
      'connections',
      'connections_used',
      'longest_transaction',
      'role',
      'standbys',
      'transaction_age',
    ]);
    const socket = await probe({
      url: `postgresql:///postgres?host=${postgres.folder}&port=${postgres.port}&user=admin`,
    });
    assert.equal(socket.status, 'pass', socket.message);
    assert.equal((await probe({ url: `postgresql+psycopg2://admin@${where}?schema=public` })).status, 'pass');
    await nobodyElse();
  });

  test('the query: what it must find, and that it cannot write', async () => {
    const found = async (query: string, expect?: unknown) => {
      const seen = await probe({ url, query, ...(expect === undefined ? {} : { expect }) });
      return `${seen.status} ${seen.message.slice(where.length + 2)}`;
    };
    const fine = 'pass primary, 1 connections';
    assert.equal(await found('SELECT 1', 1), fine);
    assert.equal(await found('SELECT 1.50::numeric', 1.5), fine);
    assert.equal(await found(`SELECT 'ok'`, 'ok'), fine);
    assert.equal(await found(`SELECT 'v1.2'`, '/^v1\\./'), fine);
    assert.equal(await found('SELECT true', true), fine);
    assert.equal(await found('SELECT id FROM jobs'), fine);
    assert.equal(await found('SELECT 2', 1), 'fail the query found 2, not 1');
    assert.equal(await found(`SELECT 'ok2'`, 'ok'), 'fail the query found ok2, not ok');
    assert.equal(await found('SELECT NULL', 0), 'fail the query found null, not 0');
    assert.equal(await found('SELECT id FROM jobs', 0), 'fail the query found no row, not 0');
    assert.equal(await found('SELECT 1/0'), 'fail PostgreSQL says "division by zero"');
    assert.equal(await found('SELECT 1 FROM gone'), 'fail PostgreSQL says "relation "gone" does not exist"');
    assert.match(await found('SELEKT'), /^unknown PostgreSQL says "syntax error/);
    assert.match(await found('INSERT INTO jobs VALUES (1)'), /^unknown .*read-only transaction"$/);
    assert.match(await found('COMMIT; INSERT INTO jobs VALUES (1)'), /^unknown .*multiple commands/);
    assert.deepEqual(await postgres.sql('SELECT count(*)::int FROM jobs'), [[0]]);
    assert.equal((await probe({ url, query: 'SELECT count(*) FROM jobs' })).data!['value'], 0);
  });

  test('the password: the right one passes; a wrong or missing one is unknown and in no message', async () => {
    const secret = 'corr:ect/h@rse';
    const shop = `postgresql://shop@${where}`;
    assert.equal((await probe({ url: shop, password: secret })).status, 'pass');
    assert.equal((await probe({ url: shop.replace('@', `:${encodeURIComponent(secret)}@`) })).status, 'pass');
    assert.equal((await probe({ url: shop }, { environment: { PGPASSWORD: secret } })).status, 'pass');
    const none = await probe({ url: shop });
    assert.deepEqual([none.status, none.message], ['unknown', 'PostgreSQL asks for a password, and none is given']);
    const wrong = await probe({ url: shop, password: `${secret}!` });
    assert.deepEqual(
      [wrong.status, wrong.message],
      ['unknown', `${where}: PostgreSQL says "password authentication failed for user "shop""`],
    );
    const database = await probe({ url: url.replace(/postgres$/, 'nothing') });
    assert.equal(database.status, 'fail');
  });

  test('a long transaction, seen by those who may', async () => {
    const client = await postgres.client();
    await client.query('BEGIN');
    await client.query('SELECT 1');
    const seen = await probe({ url, longest_transaction: { warn: '1ms', fail: '1d' } });
    assert.equal(seen.status, 'warn');
    assert.match(seen.message, /: a transaction has been open for [\d.]+ s \(warns at 0.001 s\)$/);
    assert.equal((await probe({ url, longest_transaction: { warn: '1h' } })).status, 'pass');
    const shop = { url: `postgresql://shop@${where}`, password: 'corr:ect/h@rse' };
    const blind = await probe({ ...shop, longest_transaction: { warn: '1ms' } });
    assert.deepEqual([blind.status, /needs the role pg_monitor/.test(blind.message)], ['unknown', true]);
    const unasked = await probe(shop);
    assert.deepEqual([unasked.status, unasked.data!['connections']], ['pass', 2]);
    await client.end();
    await nobodyElse();
    assert.equal((await probe({ url, longest_transaction: { warn: '1ms' } })).status, 'pass');
  });

  test('transaction ids are counted', async () => {
    const seen = await probe({ url, transaction_age: { fail: '0' } });
    assert.deepEqual([seen.status, seen.data!['transaction_age']], ['fail', 0]);
    assert.match(seen.message, /VACUUM does not keep up \(fails at 0%\)$/);
  });

  test('connections: a warning when they run short; a failure when none is left', async () => {
    const clients = await Promise.all(Array.from({ length: 16 }, () => postgres.client()));
    const seen = await probe({ url });
    assert.deepEqual([seen.status, seen.message], ['warn', `${where}: 17 of 20 connections in use (warns at 80%)`]);
    assert.equal((await probe({ url, connections: { fail: '85%' } })).status, 'fail');
    clients.push(...(await Promise.all(Array.from({ length: 4 }, () => postgres.client()))));
    const full = await probe({ url });
    assert.deepEqual(
      [full.status, full.message],
      ['fail', `${where}: PostgreSQL says "sorry, too many clients already"`],
    );
    await Promise.all(clients.map((client) => client.end()));
    await nobodyElse();
  });

  test('a stopped archiver is a warning until it goes on', async () => {
    const archive = async (command: string) => {
      await postgres.sql(`ALTER SYSTEM SET archive_command = '${command}'`);
      await postgres.sql('SELECT pg_reload_conf()');
    };
    assert.equal((await probe({ url })).status, 'pass');
    await archive('false');
    await postgres.sql('INSERT INTO jobs VALUES (1)');
    await postgres.sql('SELECT pg_switch_wal()');
    await eventually('archiving fails', async () => (await probe({ url })).status === 'warn');
    const seen = await probe({ url });
    assert.match(seen.message, /: the archiver fails: [0-9A-F]{24} could not be archived$/);
    assert.equal(seen.data!['archive_waiting'], 1);
    assert.equal((await probe({ url, archiver: 'fail' })).status, 'fail');
    assert.equal((await probe({ url, archiver: 'ignore' })).status, 'pass');
    await archive('true');
    await eventually('archiving goes on', async () => (await probe({ url })).status === 'pass');
  });

  test('a standby: connected, late, and without its primary', async () => {
    assert.match((await probe({ url, standbys: 1 })).message, /: 0 of 1 standbys are connected$/);
    await using standby = await postgres.standby();
    const target = { url: `postgresql://admin@127.0.0.1:${standby.port}/postgres`, role: 'standby' };
    await eventually('it is connected', async () => (await probe({ url, standbys: 1 })).status === 'pass');
    await eventually('it follows', async () => (await probe(target)).status === 'pass');
    assert.equal((await probe(target)).data!['replication_lag'], 0);
    assert.equal((await probe({ ...target, role: 'primary' })).status, 'fail');
    await standby.sql('SELECT pg_wal_replay_pause()');
    await postgres.sql('INSERT INTO jobs VALUES (2)');
    const late = { ...target, replication_lag: { fail: '200ms' } };
    await eventually('it is late', async () => (await probe(late)).status === 'fail');
    assert.match((await probe(late)).message, /: it is [\d.]+ s behind \(fails at 0.2 s\)$/);
    await standby.sql('SELECT pg_wal_replay_resume()');
    await eventually('it has caught up', async () => (await probe(late)).status === 'pass');
    await standby.sql(`ALTER SYSTEM SET primary_conninfo = 'host=${postgres.folder} port=1 user=admin'`);
    await standby.sql('SELECT pg_reload_conf()');
    await eventually('it is alone', async () => (await probe(target)).status === 'warn');
    assert.match((await probe(target)).message, /: it is not connected to its primary$/);
    await eventually('the primary misses it', async () => (await probe({ url, standbys: 1 })).status === 'warn');
  });

  test('slow: the deadline ends the statement on the server, too', async () => {
    const slow = await probe({ url, query: 'SELECT pg_sleep(100)' }, { timeoutMs: 1500 });
    assert.equal(slow.status, 'fail');
    assert.match(slow.message, /the answer to the query did not come within 1.5 s|due to statement timeout/);
    await nobodyElse();
    assert.equal((await probe({ url, query: 'SELECT pg_sleep(0.2)' })).status, 'pass');
    const stop = new AbortController();
    const pending = probe({ url, query: 'SELECT pg_sleep(100)' }, { cancel: stop.signal, timeoutMs: 20_000 });
    await eventually('it runs', async () => (await postgres.sql(others))[0]![0] === 1);
    stop.abort();
    assert.equal((await pending).status, 'unknown');
  });

  test('frozen: accepted by the kernel and never answered is a failure', async () => {
    postgres.program.freeze();
    const dead = await probe({ url }, { timeoutMs: 600 });
    assert.deepEqual([dead.status, dead.message], ['fail', `${where}: the login did not come within 0.6 s`]);
    postgres.program.thaw();
    await eventually('it is well again', async () => (await probe({ url })).status === 'pass');
  });
});

test('TLS: with its own authority; not with another; not at all where it has none', async () => {
  const authority = issue({ name: 'test authority', authority: true });
  const server = issue({ name: 'db', hosts: ['db.example.org'], issuer: authority });
  await using postgres = await startPostgres();
  const url = `postgresql://admin@127.0.0.1:${postgres.port}/postgres`;
  const none = await probe({ url: `${url}?sslmode=require` });
  assert.deepEqual([none.status, /does not support SSL/.test(none.message)], ['fail', true]);
  const ca = join(postgres.folder, 'ca');
  writeFileSync(ca, authority.cert);
  chmodSync(ca, 0o644);
  writeSecret(join(postgres.folder, 'data/server.crt'), server.cert);
  writeSecret(join(postgres.folder, 'data/server.key'), server.key);
  await postgres.sql('ALTER SYSTEM SET ssl = on');
  await postgres.sql('SELECT pg_reload_conf()');
  await eventually('it speaks TLS', async () => (await probe({ url: `${url}?sslmode=require` })).status === 'pass');
  assert.equal((await probe({ url: `${url}?sslmode=verify-ca`, ca_file: ca })).status, 'pass');
  assert.equal((await probe({ url: `${url}?sslmode=verify-ca&sslrootcert=${ca}` })).status, 'pass');
  const other = await probe({ url, ca_file: ca });
  assert.deepEqual([other.status, /altnames/.test(other.message)], ['fail', true]);
  const unsigned = await probe({ url: `${url}?sslmode=verify-full` });
  assert.deepEqual([unsigned.status, /certificate/.test(unsigned.message)], ['fail', true]);
});

test('absent: refused fails, a name that cannot be resolved is unknown, a socket that is not there fails', async () => {
  const [port] = await freePorts(1);
  const refused = await probe({ url: `postgresql://joe:secret@127.0.0.1:${port}/shop` });
  assert.deepEqual([refused.status, refused.message], ['fail', `127.0.0.1:${port}/shop: connection refused`]);
  const nowhere = await probe({ url: 'postgresql://joe:secret@no-such-host.invalid/shop' });
  assert.deepEqual([nowhere.status, nowhere.message.includes('secret')], ['unknown', false]);
  const socket = await probe({ url: 'postgresql:///shop?host=/nowhere' });
  assert.deepEqual([socket.status, socket.message], ['fail', '/nowhere/.s.PGSQL.5432/shop: there is no such socket']);
});

test('another server than PostgreSQL fails, and one that hangs up does', async () => {
  const sockets = new Set<Socket>();
  for (const answer of ['HTTP/1.1 400 Bad Request\r\n\r\n', 'E\0\0\0\x0bMoops\0\0', '']) {
    const server = createServer((socket) => {
      sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => undefined));
      socket.once('data', () => socket.end(answer));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const seen = await probe({ url: `postgresql://joe@127.0.0.1:${port}/x` }, { timeoutMs: 5000 });
    assert.equal(seen.status, 'fail', `${answer}: ${seen.message}`);
    server.close();
  }
  await eventually('nothing is left open', () => sockets.size === 0);
});
