/** A notifier that writes into a channel of Discord. */
import { z } from 'zod';
import { httpUrl } from '../../kit/notifier/fields.ts';
import { defineNotifier } from '../../kit/notifier/define.ts';
import { SECRETS } from './target.ts';
import type { DiscordTarget } from './target.ts';

const schema = z.strictObject({
  url: httpUrl().meta({
    description: 'The address of a webhook of the channel. Whoever knows it can write: keep it in `.env`.',
  }),
}) satisfies z.ZodType<DiscordTarget>;

export const discord = defineNotifier({
  kind: 'discord',
  title: 'write into a channel of Discord',
  description:
    'An embed in the colour of the severity (green for a recovery), through a webhook of the channel. Nobody is mentioned by it, whatever the message says. 429 waits ' +
    'as long as Discord asks; a webhook that is gone is given up.',
  schema,
  main: 'url',
  secrets: SECRETS,
  examples: ['discord: "${DISCORD_WEBHOOK}"'],
  run: () => import('./run.ts'),
});
