/** A check that looks at the memory of the machine. */
import { z } from 'zod';
import { defineCheck } from '../../kit/define.ts';
import type { MemoryTarget } from './target.ts';

const schema = z.strictObject({
  over: z.enum(['10s', '1m', '5m']).default('1m').meta({
    description: 'The time over which pressure is averaged: `10s`, `1m` or `5m`. Default: `1m`.',
  }),
}) satisfies z.ZodType<MemoryTarget>;

export const memory = defineCheck({
  kind: 'memory',
  title: 'look at the memory of the machine',
  description:
    'Asks the kernel how much memory programs can still have, how much of the swap space is used, and how long programs had to wait ' +
    'for memory, which says sooner than the other two that there is too little of it. In a container these are the numbers of the ' +
    'machine. It stays unknown where the kernel does not tell.',
  schema,
  main: 'over',
  measured: [
    {
      name: 'used',
      unit: 'percent',
      worse: 'above',
      warn: 80,
      fail: 90,
      description:
        'Memory that programs cannot have any more. What the kernel would give back, such as cached files, does not count',
    },
    { name: 'available', unit: 'bytes', worse: 'below', description: 'Memory that programs can still have' },
    { name: 'swap', unit: 'percent', worse: 'above', description: 'Swap space in use; missing where there is none' },
    {
      name: 'pressure',
      unit: 'percent',
      worse: 'above',
      description: 'Share of the time in which a program waited for memory; missing for kernels without PSI',
    },
    {
      name: 'stalled',
      unit: 'percent',
      worse: 'above',
      description: 'Share of the time in which all programs waited for memory; missing for kernels without PSI',
    },
  ],
  examples: [
    'memory: {}',
    'memory: 5m\nwarn: [80%, 1g, { of: pressure, above: 10% }]\nfail: [{ of: used, above: 90% }, { of: stalled, above: 20% }]',
  ],
  run: () => import('./run.ts'),
});
