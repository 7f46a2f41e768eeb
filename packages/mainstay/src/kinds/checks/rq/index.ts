/** A check that looks at the workers and queues of RQ in their Redis. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { durationOr } from '../../kit/fields.ts';
import { place } from '../../kit/redis/place.ts';
import type { RqTarget } from './target.ts';

const schema = z.strictObject({
  ...place,
  workers: z.int().min(0).max(10_000).default(1).meta({
    description: 'Fails when fewer workers than this are alive for one of the queues. Default: 1.',
  }),
  queues: z
    .array(z.string().min(1, 'must not be empty'))
    .min(1, 'must name a queue')
    .default(['default'])
    .meta({ description: 'The queues that are looked at. Default: `[default]`.' }),
  stale: durationOr(
    '8m',
    'A worker that has said nothing for longer than this is dead. One that has nothing to do speaks about every 405 s, unless `--worker-ttl` is shorter.',
  ),
}) satisfies z.ZodType<RqTarget>;

export const rq = defineCheck({
  kind: 'rq',
  title: 'look at workers and queues of RQ',
  description:
    'Reads in Redis which workers have given a sign of life, how many jobs wait and since when, and how many have failed. It fails when fewer workers are alive than there should be; what a dead one left ' +
    'behind is no worker. It stays unknown when Redis does not answer: that says nothing of the workers, and they must not be restarted for it. See [queues](../queues.md).',
  schema,
  main: 'url',
  measured: [
    { name: 'waiting', unit: 'count', worse: 'above', description: 'Jobs that wait in the queues' },
    { name: 'oldest', unit: 'seconds', worse: 'above', description: 'How long the job that is next has been waiting' },
    LATENCY,
    { name: 'failed', unit: 'count', worse: 'above', description: 'Jobs in the registries of failed jobs' },
    { name: 'workers', unit: 'count', worse: 'below', description: 'Workers that are alive' },
  ],
  examples: [
    'rq: "redis://127.0.0.1:6379/0"\nwarn: { of: failed, above: 10 }',
    'rq: { url: "${REDIS_URL}", queues: [high, default], workers: 2 }\nfail: { of: oldest, above: 10m }',
  ],
  run: () => import('./run.ts'),
});
