import { field } from './field.ts';

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

/** The keys of a healthcheck or a check that set limits for what is measured. */
export const limits = {
  warn: threshold(
    'Limits beyond which the result is a warning: `80%`, `500MB`, `2s`, `100`, or `{ above: 80%, clear: 75% }`.',
  ),
  fail: threshold('Limits beyond which the result is a failure, written in the same way.'),
};
