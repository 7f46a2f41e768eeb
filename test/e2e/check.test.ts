// `mainstay check` against a real Redis: healthy, frozen, stopped; by the daemon, without one, and beside one that hangs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CheckRun } from '@mainstay/protocol';
import { startRedis, type Redis } from '../../packages/mainstay/test/kinds/servers/redis.ts';
import { signal } from '../support/processes.ts';
import { System, type Ran } from '../support/system.ts';

let redis: Redis;
let system: System;
let where: string;

before(async () => {
  redis = await startRedis();
  where = `127.0.0.1:${redis.port}`;
  system = new System(`
project: checked
services:
  web:
    command: [sleep, "86400"]
    healthcheck: { exec: [sh, -c, 'echo "$GREETING"'], on_failure: none, interval: 1h, retries: 1 }
    environment: { GREETING: hello }
checks:
  cache: { redis: "redis://${where}", timeout: 1s, interval: 1h, warn: 30s }
`);
});
after(async () => {
  await system.end();
  await redis[Symbol.asyncDispose]();
});

/** The same, whoever runs it: exit code and first line. */
async function answers(): Promise<void> {
  const good = await system.mainstay('check', 'cache');
  assert.match(good.stdout, new RegExp(`^REDIS OK - ${where}: .*\\| latency=[\\d.]+s;30 memory_used=[\\d.]+% `));
  assert.deepEqual([good.code, good.stderr], [0, '']);

  const all = await system.mainstay('check');
  assert.equal(all.code, 0, all.stdout);
  assert.match(all.stdout, /^MAINSTAY OK - all 2 are OK\n\[OK\] web: hello\n\[OK\] cache: /);

  redis.program.freeze();
  try {
    const frozen = await system.mainstay('check', 'redis');
    assert.match(frozen.stdout, /^REDIS CRITICAL - .* did not come within 1 s \| /);
    assert.equal(frozen.code, 2);
    const both = await system.mainstay('check', 'all', '--json');
    assert.equal(both.code, 2);
    const { status, checks } = JSON.parse(both.stdout) as { status: string; checks: CheckRun[] };
    assert.deepEqual([status, ...checks.map((one) => `${one.name} ${one.status}`)], ['fail', 'web pass', 'cache fail']);
  } finally {
    redis.program.thaw();
  }
}

test('without a daemon it looks itself', async () => {
  await answers();
});

test('with one, the daemon looks, and its log tells of it', async () => {
  await system.succeeds('up', '-d');
  await answers();
  assert.match(system.read('.mainstay/logs/checks.log'), /Z cache redis fail \d+ms .* did not come within 1 s\n/);
  assert.equal((await system.service('web')).restarts, 0);
});

test('a daemon that hangs keeps nobody from looking', async () => {
  const daemon = system.daemon();
  assert.ok(daemon !== null);
  signal(daemon, 'SIGSTOP');
  try {
    const { code, stdout } = await system.mainstay('check', 'cache');
    assert.match(stdout, /^REDIS OK - /);
    assert.equal(code, 0);
  } finally {
    signal(daemon, 'SIGCONT');
  }
});

test('what is gone is critical; what cannot be asked is unknown', async () => {
  await redis.program.stop();
  const said = async (...words: string[]): Promise<string> => {
    const { code, stdout }: Ran = await system.mainstay('check', ...words);
    return `${code} ${stdout.split('\n')[0]}`;
  };
  assert.match(await said('cache'), /^2 REDIS CRITICAL - .*connection refused \| latency=/);
  assert.match(await said('redis', where, '--timeout', '2s'), /^2 REDIS CRITICAL - .*connection refused \| /);
  assert.match(await said('web/0'), /^0 EXEC OK - hello \| /);
  assert.equal(
    await said('cahce'),
    '3 MAINSTAY UNKNOWN - cannot check cahce: checked has no check, service or kind of that name',
  );
  await system.down();
  assert.match(await said('cache'), /^2 REDIS CRITICAL - .*connection refused \| latency=/);
});
