/** A notifier that publishes to a topic of ntfy. */
import { z } from 'zod';
import { filled, httpUrl } from '../../kit/notifier/fields.ts';
import { defineNotifier } from '../../kit/notifier/define.ts';
import { SECRETS } from './target.ts';
import type { NtfyTarget } from './target.ts';

const schema = z.strictObject({
  url: httpUrl()
    .refine(
      (text) => text.includes('${') || /^\/([^/]+\/)*[-_A-Za-z0-9]{1,64}$/.test(URL.parse(text)?.pathname ?? ''),
      'must end in the name of a topic, for example https://ntfy.sh/my-topic',
    )
    .meta({
      description:
        'Server and topic: `https://ntfy.sh/my-topic`. A user and password in it are sent as basic authentication.',
    }),
  token: filled().optional().meta({ description: 'An access token, for a topic that is protected.' }),
}) satisfies z.ZodType<NtfyTarget>;

export const ntfy = defineNotifier({
  kind: 'ntfy',
  title: 'send to phones with ntfy',
  description:
    'Publishes to a topic of ntfy.sh or a server of yours. Critical alerts have the highest priority, 5, which sounds through "do not disturb"; warnings have 4, others and recoveries 3. ' +
    'On a public server whoever knows the topic can read it: choose a name that nobody guesses.',
  schema,
  main: 'url',
  secrets: SECRETS,
  examples: [
    'ntfy: "https://ntfy.sh/${NTFY_TOPIC}"',
    'ntfy: { url: "https://ntfy.example.org/ops", token: "${NTFY_TOKEN}" }',
  ],
  run: () => import('./run.ts'),
});
