/** A notifier that opens and resolves incidents of PagerDuty. */
import { z } from 'zod';
import { filled, httpUrl } from '../../kit/notifier/fields.ts';
import { defineNotifier } from '../../kit/notifier/define.ts';
import { SECRETS } from './target.ts';
import type { PagerdutyTarget } from './target.ts';

const schema = z.strictObject({
  routing_key: filled().meta({ description: 'The integration key of the service (Events API v2).' }),
  url: httpUrl().default('https://events.pagerduty.com/v2/enqueue').meta({
    description:
      'Where events go, for accounts in the EU `https://events.eu.pagerduty.com/v2/enqueue`. Default: `https://events.pagerduty.com/v2/enqueue`.',
  }),
}) satisfies z.ZodType<PagerdutyTarget>;

export const pagerduty = defineNotifier({
  kind: 'pagerduty',
  title: 'open an incident of PagerDuty',
  description:
    'One event per alert, `trigger` or `resolve`, by the Events API v2. Events of one alert carry the same `dedup_key`, so that a second delivery opens nothing. ' +
    '429 and 5xx are tried again; a key or event that PagerDuty refuses (400) is given up.',
  schema,
  main: 'routing_key',
  secrets: SECRETS,
  examples: ['pagerduty: "${PAGERDUTY_KEY}"'],
  run: () => import('./run.ts'),
});
