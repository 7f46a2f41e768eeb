/** A check that asks Redis how it is. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { limits, percent, severity } from '../../kit/fields.ts';
import { place } from '../../kit/redis/place.ts';
import type { RedisTarget } from './target.ts';

const schema = z.strictObject({
  url: place.url,
  user: place.user,
  password: place.password,
  role: z.enum(['master', 'replica']).optional().meta({
    description: 'What it has to be: `master` or `replica`. It fails when it is the other one.',
  }),
  used_memory: limits(percent(), 'the share of the memory in use')
    .optional()
    .meta({
      description:
        'Limits for the memory in use, of `maxmemory`, or of the memory of the machine where Redis has no such limit. Default: a warning ' +
        'at 90% where Redis refuses to write beyond `maxmemory` (policy `noeviction`), else none: a cache is meant to be full.',
    }),
  persistence: severity()
    .default('warn')
    .meta({
      description:
        'What it counts as when the last snapshot, the last write to the append-only file or its last rewrite failed: `warn`, `fail` or ' +
        '`ignore`. Default: `warn`, because a restart would lose what is in memory only.',
    }),
  replication: severity().default('warn').meta({
    description: 'What a replica without a link to its master counts as: `warn`, `fail` or `ignore`. Default: `warn`.',
  }),
  rejected_connections: severity()
    .default('warn')
    .meta({
      description:
        'What it counts as when connections have been rejected since the last run, because there were `maxclients`: `warn`, `fail` or ' +
        '`ignore`. Default: `warn`.',
    }),
  ca_file: place.ca_file,
}) satisfies z.ZodType<RedisTarget>;

export const redis = defineCheck({
  kind: 'redis',
  title: 'ask Redis how it is',
  description:
    'Logs in over a fresh connection, sends PING and reads INFO. It passes when Redis answers and nothing of what the keys below look at ' +
    'is wrong. It fails when the connection is refused, the answer is an error or does not come within `timeout`, or while Redis still ' +
    'loads its data, which `start_period` has to allow for. It stays unknown when Redis refuses the password or the command, for ' +
    'that says more about this check than about Redis.',
  schema,
  main: 'url',
  measured: [
    {
      name: 'memory_used',
      unit: 'percent',
      description: 'Memory in use, of `maxmemory` or of the machine',
      worse: 'above',
    },
    LATENCY,
    { name: 'clients', unit: 'count', description: 'Connected clients', worse: 'above' },
    {
      name: 'replication_silence',
      unit: 'seconds',
      description: 'Of a replica: how long nothing came from its master',
      worse: 'above',
    },
  ],
  examples: [
    'redis: "redis://127.0.0.1:6379"',
    'redis: { url: "rediss://cache.example.org:6380", password: "${REDIS_PASSWORD}", role: master, used_memory: { warn: 80%, fail: 95% } }',
  ],
  run: () => import('./run.ts'),
});
