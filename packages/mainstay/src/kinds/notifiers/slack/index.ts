/** A notifier that writes into a channel of Slack. */
import { z } from 'zod';
import { httpUrl } from '../../kit/notifier/fields.ts';
import { defineNotifier } from '../../kit/notifier/define.ts';
import { SECRETS } from './target.ts';
import type { SlackTarget } from './target.ts';

const schema = z.strictObject({
  url: httpUrl().meta({
    description: 'The address of an incoming webhook. Whoever knows it can write: keep it in `.env`.',
  }),
}) satisfies z.ZodType<SlackTarget>;

export const slack = defineNotifier({
  kind: 'slack',
  title: 'write into a channel of Slack',
  description:
    'A message with a bar in the colour of its severity (green for a recovery), through an incoming webhook; anything that understands those, such as Mattermost, ' +
    'takes it too. 429 waits as long as Slack asks; a channel or webhook that is gone is given up.',
  schema,
  main: 'url',
  secrets: SECRETS,
  examples: ['slack: "${SLACK_WEBHOOK}"'],
  run: () => import('./run.ts'),
});
