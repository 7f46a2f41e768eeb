/** A check that looks at how much waits to be done. */
import { z } from 'zod';
import { defineCheck } from '../../kit/define.ts';
import type { LoadTarget } from './target.ts';

const schema = z.strictObject({
  over: z.enum(['1m', '5m', '15m']).default('5m').meta({
    description: 'The time over which the kernel averages: `1m`, `5m` or `15m`. Default: `5m`.',
  }),
}) satisfies z.ZodType<LoadTarget>;

export const load = defineCheck({
  kind: 'load',
  title: 'look at the load of the machine',
  description:
    'Asks the kernel how many tasks run, wait for a processor or wait for a disk, on average, and divides it by the number of processors. It ' +
    'stays unknown where the kernel does not tell.',
  schema,
  main: 'over',
  measured: [
    {
      name: 'per_core',
      unit: 'count',
      worse: 'above',
      warn: 2,
      description: 'The load of one processor: 1 means that each has just enough to do',
    },
    { name: 'load', unit: 'count', worse: 'above', description: 'The load of the machine' },
    { name: 'blocked', unit: 'count', worse: 'above', description: 'Tasks that wait for a disk at this moment' },
  ],
  examples: ['load: {}', 'load: 15m\nwarn: 1.5\nfail: [4, { of: blocked, above: 20 }]'],
  run: () => import('./run.ts'),
});
