// The kind rq: a real Redis, with the keys that RQ 1.13 was seen to write: healthy, broken, slow, frozen and absent. (C1, C6)
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { freePorts } from '../../../../../test/support/ports.ts';
import { context } from '../context.ts';
import { startRedis, type Redis } from '../servers/redis.ts';

const prober = createProber();
/** `2026-11-28T21:24:29.946246Z` */
const time = (secondsAgo: number): string =>
  new Date(Date.now() - secondsAgo * 1000).toISOString().replace('Z', '246Z');

describe('one Redis', () => {
  let redis: Redis;
  let where: string;
  before(async () => {
    redis = await startRedis();
    where = `127.0.0.1:${redis.port}`;
  });
  after(() => redis[Symbol.asyncDispose]());
  beforeEach(() => redis.cli('flushall'));

  const probe = (target: Record<string, unknown> = {}, options: Parameters<typeof context>[0] = {}) =>
    prober.probe('rq', CHECKS['rq']!.schema.parse({ url: where, ...target }), context(options));
  const said = async (...asked: Parameters<typeof probe>): Promise<string> => {
    const { status, message } = await probe(...asked);
    return `${status} ${message.replace(`${where}: `, '')}`;
  };
  const worker = async (name: string, queues: string, heartbeat: string | null, ...more: string[]): Promise<void> => {
    await redis.cli('sadd', 'rq:workers', `rq:worker:${name}`);
    if (heartbeat === null) return;
    const fields = ['birth', time(9_999), 'last_heartbeat', heartbeat, 'queues', queues, 'state', 'busy', ...more];
    await redis.cli('hset', `rq:worker:${name}`, ...fields);
  };
  const job = async (queue: string, id: string, secondsAgo: number): Promise<void> => {
    await redis.cli('sadd', 'rq:queues', `rq:queue:${queue}`);
    await redis.cli('rpush', `rq:queue:${queue}`, id);
    await redis.cli('hset', `rq:job:${id}`, 'status', 'queued', 'enqueued_at', time(secondsAgo));
  };

  test('workers: alive ones count for their queues; ghosts, silent ones and those that ended do not', async () => {
    assert.equal(await said(), 'fail 0 of 1 workers are alive for default');
    await worker('idle', 'high,default', time(400));
    assert.equal(await said(), 'pass 1 worker, 0 jobs wait, 0 failed');
    await worker('silent', 'default', time(500));
    await worker('ghost', 'default', null);
    await worker('ended', 'default', time(1), 'death', time(1));
    assert.equal(await said({ workers: 2 }), 'fail 1 of 2 workers are alive for default, and 2 have died');
    assert.equal(await said({ queues: ['high', 'low'] }), 'fail 0 of 1 workers are alive for low, and 2 have died');
    assert.match(await said({ stale: '5m' }), /^fail 0 of 1 .*, and 3 have died$/);
    const { data } = await probe();
    assert.deepEqual([data?.['workers'], data?.['ghosts']], [1, 2]);
  });

  test('jobs: how many wait and for how long, and how many have failed', async () => {
    await worker('one', 'default', time(1));
    for (const [id, age] of [
      ['a', 90],
      ['b', 5],
    ] as const)
      await job('default', id, age);
    await job('high', 'c', 300);
    await redis.cli('zadd', 'rq:failed:default', '1827437070', 'x');
    const { data, status } = await probe({ queues: ['default', 'high'], workers: 0 });
    assert.equal(status, 'pass');
    const { oldest, ...rest } = data ?? {};
    assert.deepEqual(rest, { waiting: 3, failed: 1, workers: 1, ghosts: 0 });
    assert.ok(Number(oldest) >= 300 && Number(oldest) < 400, String(oldest));
    assert.match(await said(), /^pass 1 worker, 2 jobs wait, the next for \d+ (s|min), 1 failed$/);
    await redis.cli('del', 'rq:job:a');
    assert.equal((await probe()).data?.['oldest'], 0, 'a job of which only the id is left');
  });

  test('a Redis that is slow is waited for; a frozen one says nothing of the workers', async () => {
    const busy = redis.cli('debug', 'sleep', '0.7');
    assert.equal((await probe()).status, 'fail');
    await busy;
    redis.program.freeze();
    const frozen = await said({}, { timeoutMs: 400 });
    redis.program.thaw();
    assert.match(frozen, /^unknown the broker does not answer: .* did not come within 0\.4 s$/);
  });

  test('keys that are something else are told as what Redis says of them', async () => {
    await redis.cli('set', 'rq:workers', 'x');
    assert.match(await said(), /^unknown Redis says "WRONGTYPE/);
  });
});

test('a Redis that is gone says nothing of the workers', async () => {
  const [port] = await freePorts(1);
  const seen = await prober.probe('rq', CHECKS['rq']!.schema.parse({ url: `127.0.0.1:${port}` }), context());
  assert.deepEqual(
    [seen.status, seen.message],
    ['unknown', `the broker does not answer: 127.0.0.1:${port}: connection refused`],
  );
});
