// The kind celery: a real Redis, and workers that answer as those of Celery 5.2.6 did: healthy, broken, slow, frozen and absent. (D1, S12)
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { freePorts } from '../../../../../test/support/ports.ts';
import { context, eventually } from '../context.ts';
import { Program } from '../servers/program.ts';
import { startRedis, type Redis } from '../servers/redis.ts';

const prober = createProber();
const WORKER = join(import.meta.dirname, '../servers/celery-worker.mjs');
/** A task as Celery 5.2.6 queues it. */
const task = (id: string): string =>
  JSON.stringify({
    body: 'W1sxXSwge30sIHt9XQ==',
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: { lang: 'py', task: 'tasks.slow', id, eta: null, retries: 0, origin: 'gen12226@vm' },
    properties: { delivery_mode: 2, delivery_info: { exchange: '', routing_key: 'celery' }, priority: 0 },
  });

describe('one broker', () => {
  let redis: Redis;
  let where: string;
  const workers: Program[] = [];
  before(async () => {
    redis = await startRedis();
    where = `127.0.0.1:${redis.port}`;
  });
  after(async () => {
    for (const worker of workers) await worker.stop();
    await redis[Symbol.asyncDispose]();
  });
  beforeEach(() => cli('flushdb'));

  const cli = (...words: string[]): Promise<string> => redis.cli('-n', '1', ...words);
  const probe = (target: Record<string, unknown> = {}, options: Parameters<typeof context>[0] = {}) => {
    const parsed = CHECKS['celery']!.schema.parse({ url: `redis://${where}/1`, ...target });
    return prober.probe('celery', parsed, context(options));
  };
  const said = async (...asked: Parameters<typeof probe>): Promise<string> => {
    const { status, message } = await probe(...asked);
    return `${status} ${message.replace(`${where}: `, '')}`;
  };
  const start = async (name: string): Promise<Program> => {
    const worker = new Program(process.execPath, [WORKER, String(redis.port), '1', name], { env: process.env });
    workers.push(worker);
    return worker;
  };
  const listening = async (count: number): Promise<void> => {
    await eventually(`${count} workers listen`, async () => {
      const seen = await probe({ workers: 0, silent: 'ignore', wait: '1ms' });
      return seen.data?.['listening'] === count;
    });
  };

  test('absent, healthy, frozen, dead: who answers counts, and nothing is left behind', async () => {
    assert.equal(await said(), 'fail 0 of 1 workers answer');
    const one = await start('celery@one');
    await start('celery@two');
    await listening(2);
    assert.equal(await said({ workers: 2 }), 'pass 2 workers answer, 0 tasks wait');
    assert.equal(await said({ nodes: ['celery@two', 'celery@three'] }), 'fail no answer of celery@three');
    assert.equal(await said({ workers: 3 }), 'fail 2 of 3 workers answer');

    one.freeze();
    const frozen = await probe({ silent: 'fail' });
    assert.deepEqual([frozen.status, frozen.data?.['workers'], frozen.data?.['listening']], ['fail', 1, 2]);
    assert.equal(await said(), 'warn 1 of 2 workers listen and do not answer');
    assert.equal(await said({ silent: 'ignore', nodes: ['celery@two'] }), 'pass 1 worker answers, 0 tasks wait');
    assert.equal(await said({ workers: 2 }), 'fail 1 of 2 workers answer, 2 listen');
    one.thaw();
    await eventually('it answers again', async () => (await probe({ workers: 2 })).status === 'pass');
    await one.stop();
    await listening(1);
    assert.equal(await said({ workers: 2 }), 'fail 1 of 2 workers answer');
    const stop = new AbortController();
    const cancelled = probe({ workers: 2 }, { cancel: stop.signal });
    stop.abort();
    assert.equal((await cancelled).status, 'unknown');
    await eventually(
      'no binding and no list of replies is left',
      async () => !(await cli('keys', '*')).includes('reply'),
    );
  });

  test('queues: how many wait, of every priority, and how long the next one has been next', async () => {
    const memory = {};
    const looked = async (at: number): Promise<unknown[]> => {
      const parsed = CHECKS['celery']!.schema.parse({
        url: `redis://${where}/1`,
        workers: 0,
        queues: ['celery', 'mail'],
      });
      const asked = { ...context({ memory }), wallMs: () => 1_767_225_600_000 + at };
      const { data } = await prober.probe('celery', parsed, asked);
      return [data?.['waiting'], data?.['oldest'], data?.['unfinished']];
    };
    await cli('lpush', 'celery', task('a'), task('b'));
    await cli('lpush', 'celery\x06\x163', task('c'));
    await cli('lpush', 'mail', 'not json');
    await cli('hset', 'unacked', 'tag', '[]');
    assert.deepEqual(await looked(0), [4, 0, 1]);
    assert.deepEqual(await looked(90_000), [4, 90, 1]);
    await cli('rpop', 'celery');
    await cli('del', 'celery\x06\x163', 'mail');
    assert.deepEqual(await looked(100_000), [1, 0, 1], 'another one is next');
    assert.deepEqual(await looked(130_000), [1, 30, 1]);
  });

  test('beat: what its task left is young, old, missing or no time', async () => {
    const beat = { key: 'beat:alive', within: '2m' };
    const now = (): number => Date.now() / 1000;
    await cli('set', 'beat:alive', String(now() - 60));
    assert.match(await said({ workers: 0, silent: 'ignore', beat }), /^pass /);
    await cli('set', 'beat:alive', String(now() - 600));
    assert.match(await said({ workers: 0, silent: 'ignore', beat }), /^fail beat's task was last done \d+ min ago/);
    await cli('set', 'beat:alive', 'yesterday');
    assert.match(await said({ workers: 0, silent: 'ignore', beat }), /^fail beat:alive holds no time/);
    await cli('del', 'beat:alive');
    assert.match(await said({ workers: 0, silent: 'ignore', beat }), /^fail beat has left nothing in beat:alive/);
  });

  test('a broker that is slow is waited for; a frozen one says nothing of the workers', async () => {
    const busy = redis.cli('debug', 'sleep', '0.7');
    assert.notEqual((await probe({ workers: 0, silent: 'ignore' })).status, 'unknown');
    await busy;
    redis.program.freeze();
    const frozen = await said({}, { timeoutMs: 400 });
    redis.program.thaw();
    assert.match(frozen, /^unknown the broker does not answer: .* did not come within 0\.4 s$/);
  });
});

test('a broker that is gone, refuses or is something else says nothing of the workers', async () => {
  const [port] = await freePorts(1);
  const at = async (target: Record<string, unknown>) =>
    prober.probe('celery', CHECKS['celery']!.schema.parse(target), context());
  const gone = await at({ url: `127.0.0.1:${port}` });
  assert.deepEqual(
    [gone.status, gone.message],
    ['unknown', `the broker does not answer: 127.0.0.1:${port}: connection refused`],
  );
  await using redis = await startRedis({
    settings: ['--requirepass', 'secret'],
    login: ['--no-auth-warning', '-a', 'secret'],
  });
  const refused = await at({ url: `redis://:wrong-password@127.0.0.1:${redis.port}` });
  assert.deepEqual([refused.status, refused.message.includes('wrong-password')], ['unknown', false]);
  assert.equal((await at({ url: `127.0.0.1:${redis.port}`, password: 'secret' })).status, 'fail', 'no worker');
});
