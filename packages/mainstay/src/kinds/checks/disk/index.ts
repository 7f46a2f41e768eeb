/** A check that looks at the space of a file system. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { durationOr } from '../../kit/fields.ts';
import type { DiskTarget } from './target.ts';

const schema = z.strictObject({
  path: z.string().min(1, 'must not be empty').meta({
    description: 'A path on the file system. A relative one begins at the working directory.',
  }),
  mounted: z.boolean().default(false).meta({
    description:
      'It fails when nothing is mounted at exactly this path: the disk behind it is not there. Default: false.',
  }),
  trend: durationOr('1h', 'How far back `time_left` looks. It is known once half of this time has been seen.').refine(
    (ms) => ms >= 1000,
    'must be at least 1s',
  ),
}) satisfies z.ZodType<DiskTarget>;

export const disk = defineCheck({
  kind: 'disk',
  title: 'look at the space of a file system',
  description:
    'Asks the file system of a path how full it is, in bytes and in inodes, and how long it will last. It ' +
    'fails when the path is missing, when the kernel has made the file system read-only because of errors, or when it does not answer ' +
    'within `timeout`, as one does whose server is gone. It stays unknown when mainstay may not look at the path.',
  schema,
  main: 'path',
  measured: [
    {
      name: 'used',
      unit: 'percent',
      worse: 'above',
      warn: 80,
      fail: 90,
      description: 'Space in use, of what is there for users other than root, as `df` counts it',
    },
    { name: 'free', unit: 'bytes', worse: 'below', description: 'Space that users other than root can still use' },
    {
      name: 'time_left',
      unit: 'seconds',
      worse: 'below',
      description:
        'Time until it is full, if it goes on as in the time of `trend`; at most ten years, which also means never',
    },
    {
      name: 'inodes',
      unit: 'percent',
      worse: 'above',
      warn: 80,
      fail: 90,
      description: 'Inodes in use: without one no file can be made. Missing where the file system has no such limit',
    },
    LATENCY,
  ],
  examples: [
    'disk: /',
    'disk: { path: /mnt/data, mounted: true }\nwarn: [80%, 10g, 12h]\nfail: [{ of: used, above: 90%, clear: 85% }, 1g]',
  ],
  run: () => import('./run.ts'),
});
