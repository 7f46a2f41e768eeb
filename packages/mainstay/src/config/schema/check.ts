import { z } from 'zod';
import { choice, field, mapping } from './field.ts';
import { type CheckKinds, targetShape, timing } from './healthcheck.ts';

/** Thresholds are read where the kind, and so what it measures, is known; here they only have to be there. */
const threshold = (description: string) =>
  field(
    description,
    {
      'x-form': 'threshold, or a list of these',
      anyOf: [
        { type: ['string', 'number'] },
        { $ref: '#/$defs/threshold' },
        { type: 'array', items: { anyOf: [{ type: ['string', 'number'] }, { $ref: '#/$defs/threshold' }] } },
      ],
    },
    (raw) => ({ value: raw }),
  ).optional();

const limit = { type: ['string', 'number'] };

/** JSON Schema of a threshold in its long form. */
export const THRESHOLD_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    of: {
      type: 'string',
      description: 'Which of the numbers that the kind measures. Default: the first of this unit.',
    },
    above: { ...limit, description: 'Exceeded above this.' },
    below: { ...limit, description: 'Exceeded below this.' },
    clear: { ...limit, description: 'Once exceeded, it stays so until the value has passed this.' },
  },
};

const { interval, timeout, retries, successes, start_period: startPeriod, start_interval: startInterval } = timing;

/** One entry of `checks`. */
export function checkSchema(kinds: CheckKinds) {
  const { targets, beside } = targetShape(kinds);
  return mapping('a check', 'What to check, when, and what follows.', {
    ...targets,
    ...beside,
    interval,
    timeout,
    retries,
    successes,
    start_period: startPeriod,
    start_interval: startInterval,
    warn: threshold(
      'Limits beyond which the result is a warning: `80%`, `500MB`, `2s`, `100`, or `{ above: 80%, clear: 75% }`.',
    ),
    fail: threshold('Limits beyond which the result is a failure, written in the same way.'),
    depends_on: z
      .array(field('A check or a service.', { 'x-form': 'name', type: 'string' }, asName))
      .meta({
        description:
          'Checks and services without which this one says nothing: while one of them is down, it is not run.',
      })
      .prefault([]),
    on_failure: choice('What to do when it has failed.', ['alert', 'none']).prefault('alert'),
    on_warn: choice('What to do when it warns.', ['alert', 'none']).prefault('alert'),
  });
}

function asName(raw: unknown): { value: string } {
  return { value: String(raw) };
}
