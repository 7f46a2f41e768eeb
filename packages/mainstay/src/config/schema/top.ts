import { z } from 'zod';
import { parseCron, parseName } from '../values/index.ts';
import { duration, field, mapping, number, size, text, yesNo } from './field.ts';
import { type NotifierKinds, alertsSchema } from './alerts.ts';
import { apiSchema } from './api.ts';
import { checkSchema } from './check.ts';
import type { CheckKinds } from './healthcheck.ts';
import { objectiveSchema } from './objective.ts';
import { serviceSchema } from './service.ts';

const name = (description: string) =>
  field(
    description,
    { 'x-form': 'name', type: ['string', 'number'], pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*$' },
    parseName,
  );

const maintenance = mapping('maintenance', 'A recurring time in which nothing is restarted.', {
  every: field(
    'Cron expression of its start, local time.',
    { 'x-form': 'cron expression', type: 'string' },
    parseCron,
  ).optional(),
  for: duration('How long it lasts.').optional(),
  services: z.array(name('A service.')).meta({ description: 'Services it is for. Default: all.' }).prefault([]),
  reason: text('Why, for people.').prefault('scheduled maintenance'),
});

function sections(kinds: CheckKinds, notifiers: NotifierKinds) {
  return {
    objective: objectiveSchema('What you want of the system; reports compare it with what was seen.').optional(),
    history: mapping('history', 'What is kept of the past.', {
      max_size: size('Of the store. Beyond it the oldest goes first: results, then events, then the rest.').optional(),
    }).prefault({}),
    services: z.record(z.string(), serviceSchema(kinds)).meta({ description: 'The programs, by name.' }).optional(),
    checks: z
      .record(z.string(), checkSchema(kinds))
      .meta({ description: 'What is watched and belongs to no service, by name.' })
      .optional(),
    restart_budget: mapping(
      'restart_budget',
      'Limit on restarts over all services, so that a storm does not take the host down.',
      {
        restarts: number('Restarts allowed within `window`.', 1, 100_000).prefault(60),
        window: duration('Time in which they are counted.').prefault('1m'),
      },
    ).prefault({}),
    sampling: z
      .boolean()
      .meta({
        description:
          'Measure memory and CPU time of every service every ten seconds, so that a crash can be told with its last minute.',
      })
      .prefault(true),
    dry_run: yesNo('Only say what would be done because of checks, of all of them.').optional(),
    maintenance: z.array(maintenance).meta({ description: 'Recurring maintenance windows.' }).prefault([]),
    alerts: alertsSchema(notifiers).optional(),
    api: apiSchema.optional(),
    process_status: text('Where process_status.json is written. Default: in the state directory.', 'path').optional(),
  };
}

/** One entry of `environments`: what differs there. */
export function environmentSchema(kinds: CheckKinds, notifiers: NotifierKinds) {
  return mapping(
    'an environment',
    'What differs in this environment: laid over the rest, mappings merge, everything else replaces, an empty value removes.',
    sections(kinds, notifiers),
  );
}

/** The whole of mainstay.yaml. */
export function fileSchema(kinds: CheckKinds, notifiers: NotifierKinds) {
  return mapping('mainstay.yaml', 'Services of one project, and how they are kept up.', {
    project: name('Name of the project. Default: that of the directory.').optional(),
    ...sections(kinds, notifiers),
    monitor: field(
      'The external monitor, `mainstay monitor`: a process of its own, best on another machine.',
      { 'x-form': 'mapping', 'x-monitor': '' },
      (raw: unknown) => ({ value: raw }),
    ).optional(),
    environments: z
      .record(z.string(), environmentSchema(kinds, notifiers))
      .meta({ description: 'Variants, chosen with `--env NAME` or MAINSTAY_ENV.' })
      .prefault({}),
  });
}

export type FileOutput = z.output<ReturnType<typeof fileSchema>>;
export type ApiOutput = NonNullable<FileOutput['api']>;
export type AlertsOutput = NonNullable<FileOutput['alerts']>;
export type CheckOutput = NonNullable<FileOutput['checks']>[string];
export type ServiceOutput = NonNullable<FileOutput['services']>[string];
