/** A check that reads what is written into a log. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { patternProblem } from '../../kit/pattern.ts';
import { durationOr } from '../../kit/fields.ts';
import type { LogsTarget } from './target.ts';

const text = (description: string) =>
  z
    .string()
    .min(1, 'must not be empty')
    .superRefine((written, context) => {
      const problem = patternProblem(written);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem, input: written });
    })
    .optional()
    .meta({ description });

const schema = z
  .strictObject({
    path: z.string().min(1, 'must not be empty').optional().meta({
      description: 'The file. A relative path begins at the working directory.',
    }),
    service: z.string().min(1, 'must not be empty').optional().meta({
      description: 'Instead of a file: the log of this service of the project.',
    }),
    match: text('Counts lines that contain this text, or match it when it is written as `/…/`. Default: all of them.'),
    ignore: text('But not lines that contain or match this.'),
    over: durationOr('5m', 'The time in which lines are counted.'),
  })
  .refine(
    ({ path, service }) => (path === undefined) !== (service === undefined),
    'needs one of path and service',
  ) satisfies z.ZodType<LogsTarget>;

export const logs = defineCheck({
  kind: 'logs',
  title: 'count lines of a log',
  description:
    'Reads what has been written into a log since its last run, and counts lines: errors in five minutes, or their share of all lines. What ' +
    'stood there before its first run does not count. A file that is renamed, replaced or emptied when it has become too large is ' +
    'followed: the rest of the old one is read where it still lies beside it. It reads 8 MiB in a run at most, and leaves out the rest. It ' +
    'fails when the file is missing or its file system does not answer within `timeout`. It stays unknown when mainstay may not ' +
    'read it.',
  schema,
  main: 'path',
  measured: [
    { name: 'matches', unit: 'count', worse: 'above', description: 'Lines that match, in the time of `over`' },
    { name: 'share', unit: 'percent', worse: 'above', description: 'Lines that match, of all lines in this time' },
    { name: 'size', unit: 'bytes', worse: 'above', description: 'How large the file is' },
    { name: 'silence', unit: 'seconds', worse: 'above', description: 'Time since something was written' },
    LATENCY,
  ],
  examples: [
    'logs: { service: backend, match: "/ERROR|CRITICAL/", ignore: "client closed", over: 10m }\nwarn: 1\nfail: 20',
    'logs: /var/log/nginx/access.log\nmatch: "/\\" 5\\\\d\\\\d /"\nfail: [1%, 2g]',
  ],
  run: () => import('./run.ts'),
});
