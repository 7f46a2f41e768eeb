import { field, yesNo } from './field.ts';

type Json = Record<string, unknown>;

const TEXT: Json = { type: 'string' };
const ARGUMENTS: Json = { type: 'array', minItems: 1, items: { type: ['string', 'number', 'boolean'] } };

/** JSON Schema of one step. */
export const STEP_SCHEMA: Json = {
  type: 'object',
  additionalProperties: false,
  properties: {
    restart: {
      description: 'A service, or a list of them.',
      anyOf: [TEXT, { type: 'array', minItems: 1, items: TEXT }],
    },
    signal: {
      description: 'A signal for the main process: `SIGHUP`, or `{ service: web, signal: SIGHUP }`.',
      anyOf: [TEXT, { type: 'object', additionalProperties: false, properties: { service: TEXT, signal: TEXT } }],
    },
    run: { description: 'A program and its arguments; no shell.', ...ARGUMENTS },
    user: {
      description: 'Of `run`: the user it runs as. Default: as an `exec` check would run.',
      type: ['string', 'number'],
    },
    timeout: { description: 'Of `run`: it is killed after this long. Default: 30s.', type: ['string', 'number'] },
    working_dir: { description: 'Of `run`. Default: the directory of mainstay.yaml.', ...TEXT },
    clean: {
      description:
        'Deletes files of a directory that nobody has changed for `older_than`; `path` is by default that of the check.',
      type: 'object',
      additionalProperties: false,
      properties: { older_than: { type: ['string', 'number'] }, path: TEXT },
    },
  },
};

/** Steps are read where the kind and the services are known; here they only have to be there. */
const steps = (description: string, words: readonly string[], otherwise: string) =>
  field(
    description,
    {
      'x-form': `${words.map((word) => `\`${word}\``).join(', ')}, [a step](../remediation.md), or a list of these`,
      anyOf: [
        { enum: words },
        { $ref: '#/$defs/step' },
        { type: 'array', items: { anyOf: [{ enum: words }, { $ref: '#/$defs/step' }] } },
      ],
    },
    (raw) => ({ value: raw }),
  ).prefault(otherwise);

/** What follows from a check of its own. */
export const onFailure = steps('What to do when it has failed.', ['alert', 'none', 'restart'], 'alert');
export const onWarn = steps('What to do when it warns.', ['alert', 'none', 'restart'], 'alert');
/** What follows from a healthcheck. */
export const onUnhealthy = steps('What to do when the service is unhealthy.', ['restart', 'alert', 'none'], 'restart');
export const dryRun = yesNo('Only say what would be done because of it.').optional();
