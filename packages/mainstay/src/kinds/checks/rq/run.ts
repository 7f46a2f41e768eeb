import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Verdict, shownTime } from '../../kit/index.ts';
import { askBroker, type Broker, type RedisConnection } from '../../kit/redis/index.ts';
import type { RqTarget } from './target.ts';

/** Keys are those of RQ 1 and 2 (https://github.com/rq/rq, rq/worker.py and rq/queue.py). */
const WORKERS = 'rq:workers';

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as RqTarget;
  return askBroker(settings, context, (broker) => look(settings, context, broker));
}

async function look(settings: RqTarget, context: ProbeContext, broker: Broker): Promise<Observation> {
  const { redis, report, where } = broker;
  const { queues } = settings;
  const verdict = new Verdict();
  const { alive, ghosts } = await lookAtWorkers(redis, settings, context);
  for (const queue of queues) {
    const count = alive.filter((worker) => worker.queues.includes(queue)).length;
    if (count < settings.workers) {
      const rest = ghosts > 0 ? `, and ${ghosts} ${ghosts === 1 ? 'has' : 'have'} died` : '';
      verdict.complain('fail', `${count} of ${settings.workers} workers are alive for ${queue}${rest}`);
    }
  }
  const { waiting, oldest, failed } = await lookAtJobs(redis, queues, context);
  const workers = alive.filter((worker) => queues.some((queue) => worker.queues.includes(queue))).length;
  const next = oldest > 0 ? `, the next for ${shownTime(oldest)}` : '';
  const good = `${workers} ${workers === 1 ? 'worker' : 'workers'}, ${waiting} jobs wait${next}, ${failed} failed`;
  return verdict.observe(report, where, good, { waiting, oldest, failed, workers, ghosts });
}

interface Workers {
  alive: { queues: string[] }[];
  /** Of whom only the name is left, or who have been silent for too long. */
  ghosts: number;
}

async function lookAtWorkers(redis: RedisConnection, { stale }: RqTarget, { wallMs }: ProbeContext): Promise<Workers> {
  const keys = texts(await redis.ask('SMEMBERS', WORKERS));
  const found: Workers = { alive: [], ghosts: 0 };
  for (const key of keys) {
    const [heartbeat, queues, death] = texts(await redis.ask('HMGET', key, 'last_heartbeat', 'queues', 'death'));
    const silentMs = wallMs() - timeOf(heartbeat);
    // A worker that ends in order says when, and goes.
    if (death !== '') continue;
    if (Number.isNaN(silentMs) || silentMs > stale) found.ghosts += 1;
    else found.alive.push({ queues: (queues ?? '').split(',') });
  }
  return found;
}

async function lookAtJobs(
  redis: RedisConnection,
  queues: readonly string[],
  { wallMs }: ProbeContext,
): Promise<{ waiting: number; oldest: number; failed: number }> {
  const total = { waiting: 0, oldest: 0, failed: 0 };
  for (const queue of queues) {
    total.waiting += Number(await redis.ask('LLEN', `rq:queue:${queue}`));
    total.failed += Number(await redis.ask('ZCARD', `rq:failed:${queue}`));
    const next = await redis.ask('LINDEX', `rq:queue:${queue}`, '0');
    if (typeof next !== 'string') continue;
    const [enqueued] = texts(await redis.ask('HMGET', `rq:job:${next}`, 'enqueued_at'));
    const age = Math.round((wallMs() - timeOf(enqueued)) / 1000);
    if (age > total.oldest) total.oldest = age;
  }
  return total;
}

/** Nothing becomes an empty text. */
function texts(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map((one) => (typeof one === 'string' ? one : '')) : [];
}

/** `2026-11-28T21:24:29.946246Z`; NaN when it is none. */
function timeOf(text = ''): number {
  return Date.parse(text.replace(/(\.\d{3})\d*/, '$1'));
}
