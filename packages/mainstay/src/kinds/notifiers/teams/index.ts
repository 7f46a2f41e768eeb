/** A notifier that writes into a channel or chat of Microsoft Teams. */
import { z } from 'zod';
import { httpUrl } from '../../kit/notifier/fields.ts';
import { defineNotifier } from '../../kit/notifier/define.ts';
import { SECRETS } from './target.ts';
import type { TeamsTarget } from './target.ts';

const schema = z.strictObject({
  url: httpUrl().meta({
    description:
      'The address of a workflow "post to a channel when a webhook request is received". Whoever knows it can write: keep it in `.env`.',
  }),
}) satisfies z.ZodType<TeamsTarget>;

export const teams = defineNotifier({
  kind: 'teams',
  title: 'write into a channel of Microsoft Teams',
  description:
    'An Adaptive Card, through a webhook of the Workflows app. 429 and 5xx are tried again; a workflow that is gone is given up. Teams accepts a card before it ' +
    'shows it (202): whether it appears is seen only there.',
  schema,
  main: 'url',
  secrets: SECRETS,
  examples: ['teams: "${TEAMS_WEBHOOK}"'],
  run: () => import('./run.ts'),
});
