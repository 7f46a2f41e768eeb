/** A check that looks at how busy the processors are. */
import { z } from 'zod';
import { defineCheck } from '../../kit/define.ts';
import { durationOr } from '../../kit/fields.ts';
import type { CpuTarget } from './target.ts';

const schema = z.strictObject({
  over: durationOr('1m', 'The time over which is averaged, as far as earlier runs go back.'),
}) satisfies z.ZodType<CpuTarget>;

export const cpu = defineCheck({
  kind: 'cpu',
  title: 'look at the processors of the machine',
  description:
    'Asks the kernel what the processors spent their time on, all of them together: 100% means that all are busy. The first run measures ' +
    'half a second, the others average over the time of `over`. It stays unknown where the kernel does not tell.',
  schema,
  main: 'over',
  measured: [
    { name: 'used', unit: 'percent', worse: 'above', warn: 70, fail: 90, description: 'Time in which they were busy' },
    {
      name: 'iowait',
      unit: 'percent',
      worse: 'above',
      description: 'Time in which they had nothing to do but wait for a disk',
    },
    {
      name: 'stolen',
      unit: 'percent',
      worse: 'above',
      description: 'Of a virtual machine: time in which they were wanted and others had them; counted as busy, too',
    },
    {
      name: 'pressure',
      unit: 'percent',
      worse: 'above',
      description:
        'Share of the last minute in which a program waited for a processor; missing for kernels without PSI',
    },
  ],
  examples: ['cpu: {}', 'cpu: 5m\nwarn: [{ above: 70%, clear: 60% }, { of: stolen, above: 10% }]\nfail: 90%'],
  run: () => import('./run.ts'),
});
