/** A check that looks at one file. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import type { FileTarget } from './target.ts';

const account = z.union([z.string().min(1, 'must not be empty'), z.int().min(0).transform(String)]);

const schema = z.strictObject({
  path: z.string().min(1, 'must not be empty').meta({
    description: 'The file, or directory, or socket. A relative path begins at the working directory.',
  }),
  exists: z.enum(['required', 'optional', 'forbidden']).optional().meta({
    description:
      'Whether it has to be there: `required`, `optional` or `forbidden`. Default: `required`, or `optional` with `lock`.',
  }),
  owner: account.optional().meta({ description: 'Name or number of the user it has to belong to.' }),
  group: account.optional().meta({ description: 'Name or number of the group it has to belong to.' }),
  mode: z
    .string('must be a string of octal digits, for example "0640"')
    .regex(/^0?[0-7]{3,4}$/, 'must be octal digits, for example "0640"')
    .optional()
    .meta({ description: 'The permissions it has to have, in octal digits and quotation marks: `"0640"`.' }),
  lock: z
    .union([z.boolean(), z.string().min(1, 'must not be empty')])
    .default(false)
    .meta({
      description:
        'It is a lock or pid file: the first word in it is the number of a process. It fails when no such process lives, as after ' +
        'a crash, or when the process has another name than the one that stands here. Default: false.',
    }),
}) satisfies z.ZodType<FileTarget>;

export const file = defineCheck({
  kind: 'file',
  title: 'look at a file',
  description:
    'Looks whether a file is there, who it belongs to, and how old and large it is. It fails when one of these is not as it should be, when ' +
    'a lock was left behind by a process that is gone, or when the file system does not answer within `timeout`. It stays unknown when ' +
    'mainstay may not look at it.',
  schema,
  main: 'path',
  measured: [
    { name: 'age', unit: 'seconds', worse: 'above', description: 'Time since it was written' },
    { name: 'size', unit: 'bytes', worse: 'above', description: 'How large it is' },
    LATENCY,
  ],
  examples: [
    'file: /run/shop/heartbeat\nfail: 10m',
    'file: { path: .env, owner: www-data, mode: "0600" }',
    'file: { path: /run/nginx.pid, lock: nginx }',
  ],
  run: () => import('./run.ts'),
});
