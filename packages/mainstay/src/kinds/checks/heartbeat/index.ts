/** A check that waits for a job to report. */
import { Cron } from 'croner';
import { z } from 'zod';
import { defineCheck } from '../../kit/define.ts';
import { duration } from '../../kit/fields.ts';
import type { HeartbeatTarget } from './target.ts';

const positive = () => duration().refine((ms) => ms > 0, 'must be longer than 0');

const schema = z
  .strictObject({
    every: positive().optional().meta({ description: 'It reports at least this often.' }),
    schedule: z
      .string()
      .refine(isCron, 'must be a cron expression of five fields, for example "0 3 * * *"')
      .optional()
      .meta({ description: 'When it runs, as a cron expression in local time, instead of `every`.' }),
    grace: duration().optional().meta({
      description:
        'How late a report may be, and how long the job may take. Default: a tenth of `every`, at least 30s; an hour with `schedule`.',
    }),
    longest: positive()
      .optional()
      .meta({ description: 'It fails when the job runs longer than this after its start was told.' }),
  })
  .refine(
    ({ every, schedule }) => (every === undefined) !== (schedule === undefined),
    'needs every or schedule, and not both',
  ) satisfies z.ZodType<HeartbeatTarget>;

function isCron(text: string): boolean {
  try {
    return new Cron(text, { paused: true, mode: '5-part' }).nextRun() !== null;
  } catch {
    return false;
  }
}

export const heartbeat = defineCheck({
  kind: 'heartbeat',
  title: 'wait for a job to report',
  description:
    'A job reports by [`mainstay heartbeat`](../heartbeats.md) or by an address of its own. It fails when the report is missing, when the job says that it failed, or when it runs too long; ' +
    'it stays unknown until the first report is due. One such result counts: `retries` is 1 where nothing else is written.',
  schema,
  main: 'every',
  measured: [
    { name: 'duration', unit: 'seconds', worse: 'above', description: 'How long the job took, or has been running' },
    { name: 'age', unit: 'seconds', worse: 'above', description: 'Time since the last good report' },
  ],
  retries: 1,
  pushed: true,
  examples: ['heartbeat: { every: 24h, grace: 1h }', 'heartbeat: { schedule: "0 3 * * *", grace: 2h, longest: 1h }'],
  run: () => import('./run.ts'),
});
