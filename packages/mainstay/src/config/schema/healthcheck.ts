import { z } from 'zod';
import type { Measure } from '../../core/check/index.ts';
import { duration, field, forms, mapping, number, text } from './field.ts';
import { dryRun, onUnhealthy } from './remedy.ts';
import { limits } from './threshold.ts';

/** What configuration needs to know of a kind of check. */
export interface CheckKind {
  /** Of the target in its long form. Strings in a target may hold references. */
  schema: z.ZodObject;
  /** The key that a bare value stands for: `http: "http://…"` is `http: { url: "http://…" }`. */
  main: string;
  /** What thresholds can be set for. */
  measured?: readonly Measure[];
  /** `retries` where the file says nothing; absent: 3. */
  retries?: number;
  /** Others report to it: it is no healthcheck. */
  pushed?: true;
  /** For the reference. */
  description?: string;
}

/** By the key that names the kind. */
export type CheckKinds = Readonly<Record<string, CheckKind>>;

/** The keys of a healthcheck that say how it is run. */
export const timing = {
  interval: duration('Time between two runs.').prefault('30s'),
  timeout: duration('A run that takes longer has failed.').prefault('5s'),
  retries: number('Failures in a row that count: the service is unhealthy, the check has failed.', 1, 1000).prefault(3),
  successes: number('Passes in a row after which all is well again.', 1, 1000).prefault(1),
  start_period: duration('Failures this soon after a start do not count, until the first pass.').prefault('0s'),
  start_interval: duration('Time between two runs until the first pass.').prefault('1s'),
  on_failure: onUnhealthy,
  dry_run: dryRun,
};

const composeTest = forms(
  'a line or a list',
  'Compose\'s form of `exec`: `[CMD, program, …]`, `[CMD-SHELL, "line"]`, a line for `sh`, or `[NONE]`.',
  [text('A line for `sh`.'), z.array(text('An argument.'))],
);

/** Targets are read by their kind's own schema later; here they only have to be there. */
const asIs = (raw: unknown): { value: unknown } => ({ value: raw });

/** What JSON Schema says of a target is left to `json.ts`: loading a file has no use for it. */
function target(kind: string, { description }: CheckKind) {
  return field(
    description ?? `A check of kind ${kind}.`,
    { 'x-form': `target of ${kind}`, 'x-target': kind },
    asIs,
  ).optional();
}

/** Further keys of a healthcheck or a check of its own. */
const OWN_KEYS = new Set(['warn', 'fail', 'depends_on', 'on_warn']);

const owned = new WeakMap<CheckKinds, Map<string, string[]>>();

/** Keys of targets that may stand beside the kind's key, with the kinds they belong to. */
export function besideKeys(kinds: CheckKinds): ReadonlyMap<string, string[]> {
  const known = owned.get(kinds);
  if (known !== undefined) return known;
  const owners = new Map<string, string[]>();
  owned.set(kinds, owners);
  for (const [kind, { schema, main }] of Object.entries(kinds)) {
    for (const key of Object.keys(schema.shape)) {
      if (key === main || Object.hasOwn(timing, key) || OWN_KEYS.has(key) || Object.hasOwn(kinds, key)) continue;
      owners.set(key, [...(owners.get(key) ?? []), kind]);
    }
  }
  return owners;
}

/** The keys that name a kind, and those of targets that may stand beside them. */
export function targetShape(kinds: CheckKinds) {
  const targets = Object.entries(kinds).map(([kind, definition]) => [kind, target(kind, definition)] as const);
  const beside = [...besideKeys(kinds)].map(([key, owners]) => {
    const written = { 'x-form': `of ${owners.join(', ')}`, 'x-beside': key };
    return [key, field(`Of ${owners.join(', ')}.`, written, asIs).optional()] as const;
  });
  return { targets: Object.fromEntries(targets), beside: Object.fromEntries(beside) };
}

export function healthcheckSchema(kinds: CheckKinds) {
  const { targets, beside } = targetShape(kinds);
  return mapping('healthcheck', 'How to find out whether the service works: one kind of check, and when to run it.', {
    ...targets,
    test: composeTest.optional(),
    ...beside,
    ...timing,
    ...limits,
  });
}
