import { z } from 'zod';
import { HOURS_PATTERN, parseHours } from '../values/index.ts';
import { choice, duration, field, forms, mapping, text } from './field.ts';

/** What configuration needs to know of a kind of notifier. */
export interface NotifierKind {
  /** Of the target in its long form. Strings in a target may hold references. */
  schema: z.ZodObject;
  /** The key that a bare value stands for; null: there is no short form. */
  main: string | null;
  /** A few words, for the reference. */
  title: string;
  /** Keys of the target whose values nobody may see. */
  secrets: readonly string[];
}

/** By the key that names the kind. */
export type NotifierKinds = Readonly<Record<string, NotifierKind>>;

/** What JSON Schema says of a target is left to `json.ts`, and a target is read by its kind's own schema later. */
function target(kind: string, { title }: NotifierKind) {
  const description = `${title.slice(0, 1).toUpperCase()}${title.slice(1)}.`;
  const marks = { 'x-form': `target of ${kind}`, 'x-notifier': kind };
  return field(description, marks, (raw: unknown): { value: unknown } => ({ value: raw })).optional();
}

const SEVERITIES = ['critical', 'warning', 'info'] as const;

const hours = (description: string) =>
  field(description, { 'x-form': 'hours', type: 'string', pattern: HOURS_PATTERN }, parseHours);

/** A name, or a list of names. */
const names = (description: string, one: string) =>
  forms('a name or a list of names', description, [text(one), z.array(text(one))]);

const route = mapping('a route', 'Which alerts go to whom.', {
  severity: forms('critical, warning, info or a list of these', 'Which severities. Default: all.', [
    choice('A severity.', SEVERITIES),
    z.array(choice('A severity.', SEVERITIES)),
  ]).optional(),
  services: names('Services and checks it is for. Default: all.', 'A service or a check.').optional(),
  during: hours('When it holds, local time: `mon-fri 08:00-18:00`. Default: always.').optional(),
  to: names('Notifiers that are told. Default: all.', 'A notifier.').optional(),
  remind: duration(
    'Say it again after this time, while it lasts and nobody has acknowledged it. Default: never.',
  ).optional(),
  escalate: mapping('escalate', 'Tell others too when nobody acknowledges it.', {
    after: duration('How long after the alert began.').optional(),
    to: names('Notifiers that are told then.', 'A notifier.').optional(),
  }).optional(),
});

/** `alerts`. */
export function alertsSchema(kinds: NotifierKinds) {
  const targets = Object.entries(kinds).map(([kind, definition]) => [kind, target(kind, definition)] as const);
  return mapping('alerts', 'Who is told when something is wrong, and how.', {
    public_url: text('Where the pages of this project can be read: messages link to it.', 'address').optional(),
    notifiers: z
      .record(z.string(), mapping('a notifier', 'One kind, and its target.', Object.fromEntries(targets)))
      .meta({ description: 'Ways to tell people, by name.' })
      .prefault({}),
    routes: z
      .array(route)
      .meta({
        description: 'Which alerts go to whom: each to the notifiers of every route that fits. Default: all to all.',
      })
      .optional(),
    group: duration(
      'Alerts that are not critical are held this long, so that those of one cause come in one message.',
    ).prefault('30s'),
    quiet: forms(
      'hours or a list of these',
      'Hours, local time, in which only what is critical is sent: `22:00-07:00`.',
      [hours('Hours.'), z.array(hours('Hours.'))],
    ).optional(),
  });
}
