/** Values of targets that are written with a unit. Loads zod: for the definitions of kinds, not for their probes. */
import { z } from 'zod';
import {
  DURATION_PATTERN,
  PERCENT_PATTERN,
  type Parsed,
  SIZE_PATTERN,
  parseDuration,
  parsePercent,
  parseSize,
} from '../../core/quantity/index.ts';

function written<T>(pattern: string, parse: (raw: unknown) => Parsed<T>) {
  return z
    .unknown()
    .transform((raw, context): T => {
      const parsed = parse(raw);
      if ('value' in parsed) return parsed.value;
      context.addIssue({ code: 'custom', message: parsed.reason, params: { hint: parsed.hint }, input: raw });
      return z.NEVER;
    })
    .meta({ anyOf: [{ type: 'string', pattern }, { const: 0 }] });
}

/** `30s`, `1h30m` → milliseconds. */
export const duration = () => written(DURATION_PATTERN, parseDuration);

/** `512MB`, `2g` → bytes. */
export const size = () => written(SIZE_PATTERN, parseSize);

/** `80%` → 0.8. */
export const percent = () => written(PERCENT_PATTERN, parsePercent);

/** Limits of one value; `what` completes "Warns when … reaches this". */
export function limits<T extends z.ZodType>(value: T, what: string) {
  return z
    .strictObject({
      warn: value.optional().meta({ description: `Warns when ${what} reaches this.` }),
      fail: value.optional().meta({ description: `Fails when ${what} reaches this.` }),
    })
    .refine(({ warn, fail }) => warn !== undefined || fail !== undefined, 'needs warn, fail or both');
}

/** What something counts as. */
export const severity = () => z.enum(['ignore', 'warn', 'fail']);

/** A file with certificates of authorities. */
export const authorities = () =>
  z.string().min(1, 'must not be empty').optional().meta({
    description:
      'A file with the certificates of the authorities to trust, in PEM form, instead of those that every program trusts. A relative path begins at the working directory.',
  });

/** A duration with a default. */
export const durationOr = (fallback: string, description: string) =>
  duration()
    .prefault(fallback)
    .meta({ description: `${description} Default: ${fallback}.` });

/** Times before the end of a certificate, in milliseconds. */
export const expiry = {
  warn: durationOr('21d', 'Warns when a certificate of the chain expires within this time.'),
  urgent: durationOr('14d', 'Warns within this time that it is urgent.'),
};

/** A program and its arguments, which no shell sees. */
export const command = (description: string) =>
  z
    .array(
      z.union([z.string(), z.number().transform(String)]),
      'must be a list: the program and its arguments; for a shell, write [sh, -c, "…"]',
    )
    .min(1, 'must name a program')
    .refine((words) => words[0] !== '', 'must name a program')
    .meta({ description });
