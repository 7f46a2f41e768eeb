import { z } from 'zod';
import { choice, duration, field, forms, mapping, number, text } from './field.ts';

/** What configuration needs to know of a kind of check. */
export interface CheckKind {
  /** Of the target in its long form. Strings in a target may hold references. */
  schema: z.ZodType;
  /** The target that a short form (`http: "http://…"`, `exec: [cmd]`) stands for; null: not a short form. */
  shorthand?: (value: unknown) => unknown;
  /** One line for the reference. */
  title?: string;
}

export type CheckKinds = Readonly<Record<string, CheckKind>>;

/** Keys of a healthcheck that belong to a kind's target when they stand beside it. */
export const SIBLINGS: Readonly<Record<string, string>> = { expect: 'http' };

/** The keys of a healthcheck that say how it is run. */
const timing = {
  interval: duration('Time between two runs.').prefault('30s'),
  timeout: duration('A run that takes longer has failed.').prefault('5s'),
  retries: number('Failures in a row that make the service unhealthy.', 1, 1000).prefault(3),
  successes: number('Passes in a row that make it healthy again.', 1, 1000).prefault(1),
  start_period: duration('Failures this soon after a start do not count, until the first pass.').prefault('0s'),
  start_interval: duration('Time between two runs until the first pass.').prefault('1s'),
  on_failure: choice('What to do when the service is unhealthy.', ['restart', 'alert', 'none']).prefault('restart'),
};

/** A target is read by its kind's own schema later; here it only has to be there. */
function target(kind: string, { schema, title, shorthand }: CheckKind) {
  const { $schema: _, ...long } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const short =
    shorthand === undefined ? [] : [{ type: 'string' }, { type: 'array', items: { type: ['string', 'number'] } }];
  const written = { 'x-form': `target of ${kind}`, anyOf: [long, ...short] };
  return field(title ?? `Check of kind ${kind}.`, written, (raw) => ({ value: raw })).optional();
}

export function healthcheckSchema(kinds: CheckKinds) {
  const targets = Object.fromEntries(
    Object.entries(kinds).map(([kind, definition]) => [kind, target(kind, definition)]),
  );
  const sibling = z.unknown().optional();
  return mapping('healthcheck', 'How to find out whether the service works: one kind of check, and when to run it.', {
    ...targets,
    test: forms(
      'a line or a list',
      'Compose\'s form of `exec`: `[CMD, …]`, `[CMD-SHELL, "…"]`, a line for `sh`, or `[NONE]`.',
      [text('A line for `sh`.'), z.array(text('An argument.'))],
    ).optional(),
    expect: sibling.meta({ description: 'What an `http` check expects of the answer.', 'x-form': 'mapping' }),
    ...timing,
  });
}
