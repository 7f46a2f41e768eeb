/** A check that looks at what a process, and what belongs to it, uses. */
import { z } from 'zod';
import { defineCheck } from '../../kit/define.ts';
import { durationOr } from '../../kit/fields.ts';
import type { ProcessTarget } from './target.ts';

const one = (description: string) => z.string().min(1, 'must not be empty').optional().meta({ description });

const schema = z
  .strictObject({
    name: one('All processes with this name, of the process itself or of its program.'),
    pid_file: one('The process whose number a file begins with. A relative path begins at the working directory.'),
    service: one('The instances of this service of the project; of several, the worst counts.'),
    over: durationOr('1m', 'The time over which `cpu` and `cpu_used` are averaged, as far as earlier runs go back.'),
  })
  .refine(
    ({ name, pid_file: file, service }) => [name, file, service].filter((given) => given !== undefined).length === 1,
    'needs one of name, pid_file and service',
  ) satisfies z.ZodType<ProcessTarget>;

export const process = defineCheck({
  kind: 'process',
  title: 'look at what a process uses',
  description:
    'Looks at a process and everything that belongs to it: its descendants, and what is in its session. What it uses is compared with ' +
    'the `resources` of the service, or else with what the machine has. Memory that processes share counts once: the largest share of ' +
    'one of them. It fails when there is no such process. It stays unknown while no instance of the service runs, for mainstay ' +
    'tells that elsewhere, and when the file cannot be read.',
  schema,
  main: 'name',
  measured: [
    {
      name: 'memory_used',
      unit: 'percent',
      worse: 'above',
      warn: 80,
      fail: 95,
      description: 'Memory, of `resources.memory` or of the machine',
    },
    {
      name: 'cpu_used',
      unit: 'percent',
      worse: 'above',
      warn: 90,
      description: 'Time of processors, of `resources.cpus` or of all there are',
    },
    {
      name: 'descriptors',
      unit: 'percent',
      worse: 'above',
      warn: 80,
      fail: 95,
      description: 'Open files and connections, of what the process may have open; missing when they may not be seen',
    },
    { name: 'memory', unit: 'bytes', worse: 'above', description: 'Memory' },
    { name: 'processes', unit: 'count', worse: 'above', description: 'How many processes there are' },
    { name: 'cpu', unit: 'percent', worse: 'above', description: 'Time of processors: 100% is all the time of one' },
    {
      name: 'open_files',
      unit: 'count',
      worse: 'above',
      description: 'Open files and connections of the process with most',
    },
    { name: 'age', unit: 'seconds', worse: 'below', description: 'Time since the oldest process was started' },
  ],
  examples: [
    'process: nginx',
    'process: { service: backend }\nwarn: [{ of: memory_used, above: 80% }, { of: cpu_used, above: 70% }]\nfail: [{ of: descriptors, above: 95% }]',
    'process: { pid_file: /run/postgresql/15-main.pid }',
  ],
  run: () => import('./run.ts'),
});
