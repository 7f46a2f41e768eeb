// The kind redis against a real Redis: healthy, broken, slow, frozen and absent. (C3, D1, D2, S3)
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Info } from '../../../src/kinds/checks/redis/info.ts';
import { judge } from '../../../src/kinds/checks/redis/judge.ts';
import type { RedisTarget } from '../../../src/kinds/checks/redis/target.ts';
import { Report, Verdict } from '../../../src/kinds/kit/index.ts';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { context, eventually } from '../context.ts';
import { issue } from '../servers/certificates.ts';
import { makeFolder } from '../servers/program.ts';
import { type Redis, startRedis } from '../servers/redis.ts';
import { freePorts } from '../../../../../test/support/ports.ts';

const prober = createProber();

function probe(target: Record<string, unknown>, options: Parameters<typeof context>[0] = {}) {
  return prober.probe('redis', CHECKS['redis']!.schema.parse(target), context(options));
}

describe('one Redis', () => {
  let redis: Redis;
  let where: string;
  let url: string;
  before(async () => {
    redis = await startRedis();
    where = `127.0.0.1:${redis.port}`;
    url = `redis://${where}`;
  });
  after(() => redis[Symbol.asyncDispose]());

  test('healthy: passes with what it knows, and leaves no connection', async () => {
    const seen = await probe({ url });
    assert.equal(seen.status, 'pass');
    assert.match(seen.message, new RegExp(`^${where}: master, \\d+ MiB in use$`));
    for (const name of ['memory_used', 'memory_bytes', 'clients', 'rejected_connections', 'uptime_seconds']) {
      assert.equal(typeof seen.data![name], 'number', name);
    }
    assert.equal((await probe({ url: where })).status, 'pass');
    assert.equal((await probe({ url: `${url}/3` })).status, 'pass');
    await eventually('only redis-cli itself is connected', async () =>
      (await redis.cli('info', 'clients')).includes('connected_clients:1\r'),
    );
  });

  test('a role that is not expected fails; a database that does not exist too', async () => {
    const seen = await probe({ url, role: 'replica' });
    assert.deepEqual([seen.status, seen.message], ['fail', `${where}: it is a master, not a replica`]);
    assert.equal((await probe({ url, role: 'master' })).status, 'pass');
    const database = await probe({ url: `${url}/99` });
    assert.deepEqual([database.status, database.message.includes('out of range')], ['fail', true]);
  });

  test("memory: a warning before Redis refuses to write, none for a cache, and limits of one's own", async () => {
    await redis.cli('config', 'set', 'maxmemory-policy', 'noeviction', 'maxmemory', '1mb');
    const full = await probe({ url });
    assert.equal(full.status, 'warn');
    assert.match(full.message, /: uses [\d.]+% of maxmemory \(warns at 90%\)$/);
    assert.ok(Number(full.data!['memory_used']) > 90);
    const strict = await probe({ url, used_memory: { warn: '50%', fail: '60%' } });
    assert.match(`${strict.status} ${strict.message}`, /^fail .*\(fails at 60%\)$/);
    await redis.cli('config', 'set', 'maxmemory-policy', 'allkeys-lru');
    assert.equal((await probe({ url })).status, 'pass');
    await redis.cli('config', 'set', 'maxmemory', '0');
    assert.equal((await probe({ url })).status, 'pass');
    const machine = await probe({ url, used_memory: { warn: '0' } });
    assert.match(`${machine.status} ${machine.message}`, /^warn .*of the memory of the machine/);
  });

  test('a snapshot that failed is a warning until one succeeds', async () => {
    const gone = join(redis.folder, 'gone');
    mkdirSync(gone);
    chmodSync(gone, 0o777);
    await redis.cli('config', 'set', 'dir', gone);
    rmdirSync(gone);
    await redis.cli('bgsave');
    await eventually('the snapshot failed', async () =>
      (await redis.cli('info', 'persistence')).includes('rdb_last_bgsave_status:err'),
    );
    const seen = await probe({ url });
    assert.deepEqual([seen.status, seen.message], ['warn', `${where}: its last snapshot failed`]);
    assert.equal((await probe({ url, persistence: 'fail' })).status, 'fail');
    assert.equal((await probe({ url, persistence: 'ignore' })).status, 'pass');
    await redis.cli('config', 'set', 'dir', redis.folder);
    await redis.cli('save');
    assert.equal((await probe({ url })).status, 'pass');
  });

  test('rejected connections are told once, in the run after it happened', async () => {
    const memory = {};
    assert.equal((await probe({ url }, { memory })).status, 'pass');
    await redis.cli('config', 'set', 'maxclients', '1');
    const holder = connect(redis.port, '127.0.0.1');
    await new Promise((resolve) => holder.once('connect', resolve));
    const full = await probe({ url }, { memory });
    assert.equal(full.status, 'fail');
    assert.match(full.message, /max number of clients reached/);
    holder.destroy();
    await eventually('there is room', async () => (await probe({ url })).status === 'pass');
    const next = await probe({ url }, { memory });
    assert.match(`${next.status} ${next.message}`, /^warn .*: rejected \d+ connections since the last run/);
    assert.equal((await probe({ url }, { memory })).status, 'pass');
    await redis.cli('config', 'set', 'maxclients', '100');
  });

  test('slow: it is waited for, as long as the deadline allows', async () => {
    const busy = redis.cli('debug', 'sleep', '0.7');
    const patient = await probe({ url });
    assert.equal(patient.status, 'pass');
    await busy;
    const again = redis.cli('debug', 'sleep', '2');
    await eventually('it is asleep', async () => (await probe({ url }, { timeoutMs: 200 })).status === 'fail');
    await again;
  });

  test('frozen: accepted by the kernel and never answered is a failure; one that is cancelled is unknown', async () => {
    redis.program.freeze();
    const dead = await probe({ url }, { timeoutMs: 400 });
    assert.deepEqual([dead.status, dead.message], ['fail', `${where}: the answer to INFO did not come within 0.4 s`]);
    const stop = new AbortController();
    const pending = probe({ url }, { cancel: stop.signal });
    stop.abort();
    assert.equal((await pending).status, 'unknown');
    redis.program.thaw();
    await eventually('it is well again', async () => (await probe({ url })).status === 'pass');
  });

  test('a replica: with its master, without, and from a master that is gone', async () => {
    await using replica = await startRedis({ settings: ['--replicaof', '127.0.0.1', String(redis.port)] });
    const target = { url: `127.0.0.1:${replica.port}`, role: 'replica' };
    await eventually('the link is up', async () => (await probe(target)).status === 'pass');
    assert.equal(typeof (await probe(target)).data!['replication_silence'], 'number');
    const [nobody] = await freePorts(1);
    await replica.cli('replicaof', '127.0.0.1', String(nobody));
    const alone = await probe(target);
    assert.equal(alone.status, 'warn');
    assert.match(alone.message, new RegExp(`its link to its master 127.0.0.1:${nobody} `));
    assert.equal((await probe({ ...target, replication: 'fail' })).status, 'fail');
  });
});

test('a write to the append-only file that failed counts as a failed snapshot does', () => {
  const verdict = new Verdict();
  const target = CHECKS['redis']!.schema.parse({ url: 'localhost', persistence: 'fail' }) as unknown as RedisTarget;
  const info = (isOn: number) =>
    new Info(`role:master\r\naof_enabled:${isOn}\r\naof_last_write_status:err\r\naof_last_bgrewrite_status:err\r\n`);
  judge(info(0), target, null, verdict);
  assert.equal(verdict.observe(new Report(context()), 'x', 'fine', {}).status, 'pass');
  judge(info(1), target, null, verdict);
  assert.equal(
    verdict.observe(new Report(context()), 'x', 'fine', {}).message,
    'x: its last write to the append-only file failed, its last rewrite of the append-only file failed',
  );
});

test('while it loads its data it fails, and says how far it is', async () => {
  using folder = makeFolder('redis');
  await fill(folder.path);
  const settings = ['--key-load-delay', '2000', '--loading-process-events-interval-bytes', '1024'];
  await using redis = await startRedis({ folder: folder.path, settings });
  const seen = await probe({ url: `127.0.0.1:${redis.port}` });
  assert.equal(seen.status, 'fail');
  assert.match(seen.message, /: still loads its data, \d+% so far$/);
});

/** Leaves a snapshot of many keys in a folder. */
async function fill(folder: string): Promise<void> {
  await using redis: Redis = await startRedis({ folder });
  await redis.cli('debug', 'populate', '50000');
  await redis.cli('save');
}

test('passwords: the right one passes; a wrong or missing one is unknown and in no message', async () => {
  const secret = 'corr:ect/h@rse';
  const login = ['--no-auth-warning', '-a', secret];
  await using redis = await startRedis({ settings: ['--requirepass', secret], login });
  await redis.cli('acl', 'setuser', 'joe', 'on', `>${secret}2`, '+ping');
  const where = `127.0.0.1:${redis.port}`;
  assert.equal((await probe({ url: where, password: secret })).status, 'pass');
  assert.equal((await probe({ url: `redis://:${encodeURIComponent(secret)}@${where}` })).status, 'pass');
  const none = await probe({ url: where, password: '' });
  assert.deepEqual([none.status, none.message], ['unknown', `${where}: Redis says "NOAUTH Authentication required."`]);
  for (const target of [
    { url: `redis://:${encodeURIComponent(`${secret}!`)}@${where}` },
    { url: where, user: 'joe', password: `${secret}!` },
    { url: where, user: 'joe', password: `${secret}2` },
  ]) {
    const seen = await probe(target);
    assert.equal(seen.status, 'unknown', seen.message);
    assert.doesNotMatch(seen.message, /corr/);
  }
  await redis.cli('config', 'set', 'requirepass', '');
  await redis.cli('acl', 'setuser', 'default', 'nopass');
});

test('TLS: with its own authority; not with another, nor in plain words', async () => {
  using folder = makeFolder('redis-tls');
  const authority = issue({ name: 'test authority', authority: true });
  const server = issue({ name: 'redis', issuer: authority });
  const file = (name: string, text: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, text, { mode: 0o644 });
    return path;
  };
  const tls = { cert: file('cert', server.cert), key: file('key', server.key), ca: file('ca', authority.cert) };
  await using redis = await startRedis({ tls });
  const url = `rediss://127.0.0.1:${redis.port}`;
  assert.equal((await probe({ url, ca_file: tls.ca })).status, 'pass');
  const unsigned = await probe({ url });
  assert.equal(unsigned.status, 'fail');
  assert.match(unsigned.message, /certificate/);
  assert.equal((await probe({ url: `127.0.0.1:${redis.port}` })).status, 'fail');
  const missing = await probe({ url, ca_file: join(folder.path, 'none') });
  assert.deepEqual([missing.status, /cannot read .*ENOENT/.test(missing.message)], ['unknown', true]);
});

test('absent: refused fails, a name that cannot be resolved is unknown, a socket that is not there fails', async () => {
  const [port] = await freePorts(1);
  const refused = await probe({ url: `127.0.0.1:${port}` });
  assert.deepEqual([refused.status, refused.message], ['fail', `127.0.0.1:${port}: connection refused`]);
  const nowhere = await probe({ url: 'redis://joe:secret@no-such-host.invalid' });
  assert.deepEqual([nowhere.status, nowhere.message.includes('secret')], ['unknown', false]);
  const socket = await probe({ url: 'unix:///run/no-such-redis.sock' });
  assert.deepEqual([socket.status, socket.message], ['fail', '/run/no-such-redis.sock: there is no such socket']);
});

test('another server than Redis fails, and one that hangs up does', async () => {
  const sockets = new Set<Socket>();
  const answers = ['HTTP/1.1 400 Bad Request\r\n\r\n', '$999999999999\r\n', '*1\r\n'.repeat(20), ''];
  for (const answer of answers) {
    const server = createServer((socket) => {
      sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => undefined));
      socket.once('data', () => socket.end(answer));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const seen = await probe({ url: `127.0.0.1:${(server.address() as AddressInfo).port}` });
    assert.equal(seen.status, 'fail', `${answer}: ${seen.message}`);
    server.close();
  }
  await eventually('nothing is left open', () => sockets.size === 0);
});
