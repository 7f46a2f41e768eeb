/** A notifier that posts JSON, signed as Standard Webhooks says. */
import { z } from 'zod';
import { filled, httpUrl } from '../../kit/notifier/fields.ts';
import { defineNotifier } from '../../kit/notifier/define.ts';
import { SECRETS } from './target.ts';
import type { WebhookTarget } from './target.ts';

const secret = filled().refine(
  (text) => text.includes('${') || /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text),
  'must be "whsec_" and the key in base64',
);

const schema = z.strictObject({
  url: httpUrl().meta({ description: 'Where to post to.' }),
  secret: z
    .union([secret, z.array(secret)], { error: 'must be "whsec_" and the key in base64, or a list of these' })
    .transform((given) => (Array.isArray(given) ? given : [given]))
    .default([])
    .meta({
      description:
        'What messages are signed with: `whsec_` and the key in base64. Of several, each makes a signature, so that one can be replaced without a gap.',
    }),
  headers: z.record(z.string(), z.string()).default({}).meta({ description: 'More headers to send.' }),
}) satisfies z.ZodType<WebhookTarget>;

export const webhook = defineNotifier({
  kind: 'webhook',
  title: 'post JSON to an address of yours',
  description:
    'Posts `{ type, timestamp, data }`: `type` is `alert.opened`, `alert.reminder`, `alert.escalated` or `alert.closed`, `data` the message. The headers are those of ' +
    '[Standard Webhooks](https://www.standardwebhooks.com): `webhook-id` is the same for every attempt to deliver a message, `webhook-timestamp` is the time of the attempt, ' +
    '`webhook-signature` comes with a `secret`. Only an answer 2xx counts. 410 gives up, as do redirects, which are not followed; anything else is tried again.',
  schema,
  main: 'url',
  secrets: SECRETS,
  examples: [
    'webhook: "https://example.org/hooks/mainstay"',
    'webhook: { url: "${HOOK_URL}", secret: "${HOOK_SECRET}" }',
  ],
  run: () => import('./run.ts'),
});
