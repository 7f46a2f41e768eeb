import { LISTEN_PATTERN, parseListen } from '../values/index.ts';
import { field, mapping, text } from './field.ts';

/** `api`. */
export const apiSchema = mapping('api', 'The interface over the network, for people and monitors.', {
  listen: field(
    'Where: a port of this machine alone, or an address and a port. Beyond 127.0.0.1 and ::1 there must be a key.',
    {
      'x-form': 'address and port',
      anyOf: [
        { type: 'string', pattern: LISTEN_PATTERN },
        { type: 'integer', minimum: 1, maximum: 65_535 },
      ],
    },
    parseListen,
  ).optional(),
  keys_file: text('Where the hashes of the keys are kept (`mainstay keys`).', 'path').prefault('keys'),
});
