/** A check that asks Celery's workers, over their broker, whether they are there and keep up. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { duration, durationOr, severity } from '../../kit/fields.ts';
import { place } from '../../kit/redis/place.ts';
import type { CeleryTarget } from './target.ts';

const word = z.string().min(1, 'must not be empty');

const schema = z.strictObject({
  ...place,
  workers: z.int().min(0).max(10_000).default(1).meta({
    description: 'Fails when fewer workers than this answer. Default: 1.',
  }),
  nodes: z.array(word).optional().meta({
    description: 'Names of workers, such as `celery@host`, that have to answer: one that does not is a failure.',
  }),
  queues: z
    .array(word)
    .min(1, 'must name a queue')
    .default(['celery'])
    .meta({ description: 'Queues whose tasks are counted, with all their priorities. Default: `[celery]`.' }),
  wait: durationOr('1s', 'How long answers are waited for, when not every worker answers at once.'),
  silent: severity()
    .default('warn')
    .meta({
      description:
        'What it counts as when a worker listens and does not answer: `warn`, `fail` or `ignore`. A worker with `-P solo` answers nothing while it ' +
        'does a task. Default: `warn`; fewer answers than `workers` is a failure in any case.',
    }),
  beat: z
    .strictObject({
      key: word.meta({ description: 'The key in which a task that beat sends leaves the time (seconds since 1970).' }),
      within: duration().meta({ description: 'How old that time may be.' }),
    })
    .optional()
    .meta({
      description: 'Whether Celery beat does its work: it fails when the task has not been done for this long.',
    }),
}) satisfies z.ZodType<CeleryTarget>;

export const celery = defineCheck({
  kind: 'celery',
  title: 'ask workers of Celery',
  description:
    'Pings the workers through a broker in Redis, counts who answers, and looks at the queues. It fails when fewer workers answer than there should be, or beat has ' +
    'stopped. It stays unknown when the broker does not answer: that says nothing of the workers, and they must not be restarted for it. See [queues](../queues.md).',
  schema,
  main: 'url',
  measured: [
    { name: 'waiting', unit: 'count', worse: 'above', description: 'Tasks that wait in the queues' },
    {
      name: 'oldest',
      unit: 'seconds',
      worse: 'above',
      description: 'How long the task that is next has been seen to be next; without a daemon 0',
    },
    LATENCY,
    { name: 'workers', unit: 'count', worse: 'below', description: 'Workers that answered' },
    {
      name: 'unfinished',
      unit: 'count',
      worse: 'above',
      description: 'Tasks that workers took and have not acknowledged',
    },
  ],
  examples: [
    'celery: "redis://127.0.0.1:6379/0"\nfail: { of: oldest, above: 10m }',
    'celery: { url: "${BROKER_URL}", workers: 2, queues: [celery, mail], beat: { key: "beat:alive", within: 3m } }\nwarn: { of: waiting, above: 1000 }',
  ],
  run: () => import('./run.ts'),
});
