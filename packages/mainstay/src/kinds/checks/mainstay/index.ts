/** A check that asks another mainstay whether it lives. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { authorities } from '../../kit/fields.ts';
import type { MainstayTarget } from './target.ts';

const schema = z.strictObject({
  url: z
    .string()
    .refine((url) => url.includes('${') || /^https?:$/.test(URL.parse(url)?.protocol ?? ''), {
      error: 'must be an http:// or https:// URL',
    })
    .meta({
      description:
        'Where its HTTP interface is: `http://10.0.0.1:7070`. `/health` is asked for unless the URL has a path.',
    }),
  ca_file: authorities(),
}) satisfies z.ZodType<MainstayTarget>;

export const mainstay = defineCheck({
  kind: 'mainstay',
  title: 'ask another mainstay whether it lives',
  description:
    'Asks for `/health` of a daemon of mainstay. It fails when the daemon is silent: nothing listens, it accepts and does not answer within `timeout`, ' +
    'what answers is not mainstay, or the time in its answers stands still. It warns when the daemon says that a service is not well: people are told of ' +
    'that by the daemon itself. It stays unknown when the name cannot be resolved or this machine cannot connect anywhere.',
  schema,
  main: 'url',
  measured: [LATENCY],
  examples: ['mainstay: "http://10.0.0.1:7070"', 'mainstay: "https://status.example.org/casestrainer/health"'],
  run: () => import('./run.ts'),
});
