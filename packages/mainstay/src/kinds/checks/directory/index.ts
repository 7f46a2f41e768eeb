/** A check that counts what is in a directory. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { patternProblem } from '../../kit/pattern.ts';
import type { DirectoryTarget } from './target.ts';

const schema = z.strictObject({
  path: z.string().min(1, 'must not be empty').meta({
    description: 'The directory. A relative path begins at the working directory.',
  }),
  match: z
    .string()
    .min(1, 'must not be empty')
    .superRefine((text, context) => {
      const problem = patternProblem(text);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem, input: text });
    })
    .optional()
    .meta({
      description:
        'Counts only files whose name contains this text, or matches it when it is written as `/…/`. Default: all of them.',
    }),
  recursive: z.boolean().default(true).meta({
    description: 'Whether to count also what is in directories below it. Default: true.',
  }),
  look_at: z.int().min(1).max(10_000_000).default(100_000).meta({
    description: 'It looks at so many entries at most; a directory with more is a warning. Default: 100000.',
  }),
}) satisfies z.ZodType<DirectoryTarget>;

export const directory = defineCheck({
  kind: 'directory',
  title: 'count what is in a directory',
  description:
    'Counts the files in a directory, their sizes and their ages: a folder for temporary files that nobody clears, a queue that is not ' +
    'worked off, backups that have stopped coming. Links are not followed, other file systems below it are left out, and a file with ' +
    'several names counts once. It fails when the directory is missing or the file system does not answer within `timeout`. It warns when ' +
    'there is more in it than it looks at. It stays unknown when mainstay may not look at all of it, or when it is not done in time.',
  schema,
  main: 'path',
  measured: [
    { name: 'size', unit: 'bytes', worse: 'above', description: 'Sum of the sizes of the files' },
    { name: 'files', unit: 'count', worse: 'above', description: 'How many files there are' },
    {
      name: 'oldest',
      unit: 'seconds',
      worse: 'above',
      description: 'Time since the file was written that has not been written for longest; missing where there is none',
    },
    {
      name: 'newest',
      unit: 'seconds',
      worse: 'above',
      description: 'Time since a file was written last; missing where there is none',
    },
    LATENCY,
  ],
  examples: [
    'directory: /tmp/convert\nwarn: 500MB',
    'directory: { path: /var/backups/shop, match: ".dump", recursive: false }\nfail: [{ of: newest, above: 26h }, { of: files, below: 1 }]',
  ],
  run: () => import('./run.ts'),
});
