import { listen, mapping, text } from './field.ts';

/** `api`. */
export const apiSchema = mapping('api', 'The interface over the network, for people and monitors.', {
  listen: listen(
    'Where: a port of this machine alone, or an address and a port. Beyond 127.0.0.1 and ::1 there must be a key.',
  ).optional(),
  keys_file: text('Where the hashes of the keys are kept (`mainstay keys`).', 'path').prefault('keys'),
});
