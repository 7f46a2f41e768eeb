/** A check that runs a program: its exit code is the result. */
import { z } from 'zod';
import { command } from '../../kit/fields.ts';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import type { ExecTarget } from './target.ts';

const schema = z.strictObject({
  command: command('The program and its arguments. Never given to a shell; for one, write `[sh, -c, "…"]`.'),
}) satisfies z.ZodType<ExecTarget>;

export const exec = defineCheck({
  kind: 'exec',
  title: 'run a program',
  description:
    'Runs a program in the working directory and environment of the service. Exit code 0 passes; any other fails, as it does ' +
    'in compose (exit code 1 is no warning: `pg_isready`, `curl -f` or `test -e` mean "broken" by it). It stays unknown when the ' +
    'program is missing or may not be run, which includes the codes 126 and 127 by which a shell says so. A program that runs ' +
    'longer than `timeout` is killed together with its process group, and fails. The first line of its output is the message. ' +
    'What the program leaves running in its process group when it ends is killed.',
  schema,
  main: 'command',
  measured: [LATENCY],
  examples: ['exec: [pg_isready, -h, 127.0.0.1, -p, "5432"]', 'exec: [sh, -c, "test $(cat queue.length) -lt 100"]'],
  run: () => import('./run.ts'),
});
