import { z } from 'zod';
import { didYouMean } from '../nearest.ts';
import {
  DURATION_PATTERN,
  LISTEN_PATTERN,
  PERCENT_PATTERN,
  type Parsed,
  SIZE_PATTERN,
  parseDuration,
  parseListen,
  parsePercent,
  parseSize,
  quoted,
  refuse,
} from '../values/index.ts';

/** JSON Schema of a value as it is written, and `x-form`: how the reference names it. `json.ts` adds that it may be a variable. */
export interface Written {
  'x-form': string;
  [key: string]: unknown;
}

/**
 * A value read by one of our own functions: the messages are ours, and JSON Schema is told what may be
 * written.
 */
export function field<T>(description: string, written: Written, parse: (raw: unknown) => Parsed<T>) {
  return z
    .unknown()
    .transform((raw, context): T => {
      const parsed = parse(raw);
      if ('value' in parsed) return parsed.value;
      context.addIssue({ code: 'custom', message: parsed.reason, params: { hint: parsed.hint }, input: raw });
      return z.NEVER;
    })
    .meta({ description, ...written });
}

export const duration = (description: string) =>
  field(
    description,
    { 'x-form': 'duration', anyOf: [{ type: 'string', pattern: DURATION_PATTERN }, { const: 0 }] },
    parseDuration,
  );

export const size = (description: string) =>
  field(description, { 'x-form': 'size', type: 'string', pattern: SIZE_PATTERN }, parseSize);

export const percent = (description: string) =>
  field(
    description,
    { 'x-form': 'percentage', anyOf: [{ type: 'string', pattern: PERCENT_PATTERN }, { const: 0 }] },
    parsePercent,
  );

/** A port of this machine alone, or an address and a port. */
export const listen = (description: string) =>
  field(
    description,
    {
      'x-form': 'address and port',
      anyOf: [
        { type: 'string', pattern: LISTEN_PATTERN },
        { type: 'integer', minimum: 1, maximum: 65_535 },
      ],
    },
    parseListen,
  );

/** Text that is not empty. A number, as in `user: 1000`, is text too. */
export const text = (description: string, form = 'text') =>
  field(description, { 'x-form': form, type: ['string', 'number'] }, (raw): Parsed<string> => {
    if (typeof raw === 'number') return { value: String(raw) };
    if (typeof raw !== 'string') return refuse(`must be text, not ${quoted(raw)}`);
    if (raw === '') return refuse('is empty');
    if (raw.includes('\0')) return refuse('holds a NUL character');
    return { value: raw };
  });

/** A number from `min` to `max`; `whole` by default. */
export const number = (description: string, min: number, max: number, kind: 'whole' | 'any' = 'whole') =>
  field(
    description,
    {
      'x-form': kind === 'whole' ? 'whole number' : 'number',
      anyOf: [
        {
          type: kind === 'whole' ? 'integer' : 'number',
          minimum: min,
          maximum: max,
        },
        { type: 'string', pattern: String.raw`^-?\d+(\.\d+)?$` },
      ],
    },
    (raw): Parsed<number> => {
      const value = typeof raw === 'string' && /^-?\d+(\.\d+)?$/.test(raw) ? Number(raw) : raw;
      const fits = typeof value === 'number' && (kind === 'any' ? Number.isFinite(value) : Number.isSafeInteger(value));
      if (fits && value >= min && value <= max) return { value };
      return refuse(`must be a ${kind === 'whole' ? 'whole ' : ''}number from ${min} to ${max}, not ${quoted(raw)}`);
    },
  );

export const yesNo = (description: string) =>
  field(description, { 'x-form': 'true or false', type: 'boolean' }, (raw): Parsed<boolean> => {
    if (raw === true || raw === 'true') return { value: true };
    if (raw === false || raw === 'false') return { value: false };
    return refuse(`must be true or false, not ${quoted(raw)}`);
  });

/** One of a few words. */
export const choice = <const W extends readonly string[]>(description: string, words: W) =>
  field(
    description,
    { 'x-form': words.map((word) => `\`${word}\``).join(', '), enum: words },
    (raw): Parsed<W[number]> => {
      const found = words.find((word) => word === raw);
      if (found !== undefined) return { value: found };
      return refuse(
        `must be ${listed(words)}, not ${quoted(raw)}`,
        typeof raw === 'string' ? didYouMean(raw, words) : null,
      );
    },
  );

/** `a, b or c` */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

/**
 * A mapping with known keys. `noun` is how a message names it. The message of the "unknown key" issue
 * carries the noun and the keys, for `issues.ts` to make a sentence of.
 */
export function mapping<S extends z.core.$ZodLooseShape>(noun: string, description: string, shape: S) {
  return z
    .strictObject(shape, {
      error: (issue) =>
        issue.code === 'unrecognized_keys' ? JSON.stringify({ noun, keys: Object.keys(shape) }) : undefined,
    })
    .meta({ description });
}

/** One of several forms; when none fits the message says `must be <what>`. */
export function forms<const T extends readonly [z.ZodType, z.ZodType, ...z.ZodType[]]>(
  what: string,
  description: string,
  schemas: T,
) {
  return z.union(schemas, { error: () => `must be ${what}` }).meta({ description });
}
