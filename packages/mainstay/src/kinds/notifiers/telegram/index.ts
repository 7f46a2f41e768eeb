/** A notifier that writes into a chat of Telegram. */
import { z } from 'zod';
import { filled, httpUrl } from '../../kit/notifier/fields.ts';
import { defineNotifier } from '../../kit/notifier/define.ts';
import { SECRETS } from './target.ts';
import type { TelegramTarget } from './target.ts';

const schema = z.strictObject({
  token: filled().meta({ description: 'The token of the bot, as BotFather gives it.' }),
  chat: z
    .union([filled(), z.number().int().transform(String)], { error: 'must be the number of a chat, or "@channel"' })
    .meta({ description: 'Which chat: its number (negative for a group), or `@name` of a public channel.' }),
  api: httpUrl()
    .default('https://api.telegram.org')
    .meta({ description: 'Where the bot API answers. Default: `https://api.telegram.org`.' }),
}) satisfies z.ZodType<TelegramTarget>;

export const telegram = defineNotifier({
  kind: 'telegram',
  title: 'write into a chat of Telegram',
  description:
    'A message of a bot. 429 waits as long as Telegram asks; a token, chat or permission that is wrong is given up, and the reason says which.',
  schema,
  main: null,
  secrets: SECRETS,
  examples: ['telegram: { token: "${TELEGRAM_TOKEN}", chat: -1001234567890 }'],
  run: () => import('./run.ts'),
});
