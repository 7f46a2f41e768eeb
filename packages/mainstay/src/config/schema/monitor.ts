import { z } from 'zod';
import { parseName } from '../values/index.ts';
import { type NotifierKinds, alertsSchema } from './alerts.ts';
import { checkSchema } from './check.ts';
import { duration, field, listen, mapping, text } from './field.ts';
import { type CheckKinds, targetShape, timing } from './healthcheck.ts';

const name = (description: string) =>
  field(
    description,
    { 'x-form': 'name', type: ['string', 'number'], pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*$' },
    parseName,
  );

/** Keys that are those of `alerts` in mainstay.yaml. */
export const ALERT_KEYS = ['public_url', 'notifiers', 'routes', 'group', 'quiet'] as const;

/** `monitor`, or the whole of a monitor's own file, as it is written. */
export function monitorSchema(kinds: CheckKinds, notifiers: NotifierKinds) {
  return mapping(NOUN, DESCRIPTION, { ...ownShape(kinds), ...alertsSchema(notifiers).shape });
}

/** The same with the keys of `alerts` in a mapping of their own: as `load/monitor.ts` reads it. */
export function monitorViewSchema(kinds: CheckKinds, notifiers: NotifierKinds) {
  const own = ownShape(kinds);
  const known = [...Object.keys(own), ...ALERT_KEYS];
  return z.strictObject(
    { ...own, alerts: alertsSchema(notifiers).optional() },
    {
      error: (issue) => (issue.code === 'unrecognized_keys' ? JSON.stringify({ noun: NOUN, keys: known }) : undefined),
    },
  );
}

const NOUN = 'monitor';
const DESCRIPTION = 'The external monitor (`mainstay monitor`): a process of its own, best on another machine.';

function ownShape(kinds: CheckKinds) {
  const { targets, beside } = targetShape(kinds);
  return {
    id: name(
      'Its name among the monitors; of two that want to tell people the lower goes on. Default: name of the machine.',
    ).optional(),
    project: name('What messages call the project. Default: as in mainstay.yaml, or that of the directory.').optional(),
    watch: text(
      'Address of the HTTP interface of the daemon, which must not fall silent: `http://10.0.0.1:7070`.',
      'URL',
    ).optional(),
    interval: duration('Time between two runs of a check that is well.').prefault('300s'),
    recheck: duration('Time between two runs while a check is not well, or its result is not confirmed.').prefault(
      '30s',
    ),
    checks: z
      .record(z.string(), checkSchema(kinds))
      .meta({
        description:
          'What is checked from outside, by name. Their `interval` is that of the monitor unless they have one.',
      })
      .optional(),
    witness: z
      .array(
        mapping('a witness', 'One kind of check, and its target.', { ...targets, ...beside, timeout: timing.timeout }),
      )
      .meta({
        description:
          'What answers as long as this machine has a network. When none of them does, a failure of anything else is `unknown`.',
      })
      .optional(),
    peers: z
      .record(z.string(), text('Where it listens: `http://10.0.0.2:7071`.', 'URL'))
      .meta({
        description:
          'The other monitors, by their `id`: more than half of those that answer must agree before people are told.',
      })
      .prefault({}),
    key: text(
      'What all monitors know and nobody else: it proves who asks and who answers. At least 16 characters.',
    ).optional(),
    listen: listen('Where it answers the other monitors, and `/health`.').optional(),
    heartbeat: text(
      'Where it reports in, so that its own silence is noticed: the address of a check of kind `heartbeat`.',
      'URL',
    ).optional(),
  };
}

export type MonitorOutput = z.output<ReturnType<typeof monitorViewSchema>>;
