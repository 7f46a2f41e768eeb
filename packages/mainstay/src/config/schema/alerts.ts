import { z } from 'zod';
import { field, mapping, text } from './field.ts';

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

/** `alerts`. */
export function alertsSchema(kinds: NotifierKinds) {
  const targets = Object.entries(kinds).map(([kind, definition]) => [kind, target(kind, definition)] as const);
  return mapping('alerts', 'Who is told when something is wrong, and how.', {
    public_url: text('Where the pages of this project can be read: messages link to it.', 'address').optional(),
    notifiers: z
      .record(z.string(), mapping('a notifier', 'One kind, and its target.', Object.fromEntries(targets)))
      .meta({ description: 'Ways to tell people, by name.' })
      .prefault({}),
  });
}
