/** Values of notifiers' targets. Loads zod: for the definitions of kinds, not for what sends. */
import { z } from 'zod';

/** An `http://` or `https://` URL, or a text with a variable that will hold one. */
export const httpUrl = () =>
  z
    .string()
    .refine(
      (text) => text.includes('${') || /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
      'must be an http:// or https:// URL',
    );

/** Text that is not empty. */
export const filled = () => z.string().min(1, 'must not be empty');

/** One text, or a list of them; always a list afterwards. */
export const oneOrMore = () =>
  z
    .union([filled(), z.array(filled()).min(1, 'must name one')], { error: 'must be a text or a list of texts' })
    .transform((given) => (Array.isArray(given) ? given : [given]));
