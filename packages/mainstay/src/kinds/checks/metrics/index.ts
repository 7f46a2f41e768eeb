/** A check that looks at a number that a program tells of itself. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { authorities, durationOr } from '../../kit/fields.ts';
import { isExpression } from './selector.ts';
import type { MetricsTarget } from './target.ts';

const NO_EXPRESSION =
  'must name a metric, such as requests_total{code=~"5.."}, or a place in JSON, such as $.queue.length';

const expression = z.string().refine((text) => text.includes('${') || isExpression(text), NO_EXPRESSION);

const schema = z.strictObject({
  url: z
    .string()
    .refine((url) => url.includes('${') || /^https?:\/\/[^/]/.test(url), 'must be an http:// or https:// URL')
    .meta({ description: 'The endpoint with the metrics.' }),
  value: expression.meta({
    description:
      'Which number: the sum of all series of a metric, such as `requests_total{code=~"5.."}` with matchers as in Prometheus, or a place ' +
      'in JSON, such as `$.queue.length`.',
  }),
  per: expression.optional().meta({
    description: 'A second number, written in the same way: `ratio` is the first as a share of it.',
  }),
  counter: z
    .boolean()
    .default(false)
    .meta({
      description:
        'The numbers only grow: what they grew by in the time of `over` counts, not what they are. One that is smaller than before has ' +
        'begun anew. Default: false.',
    }),
  over: durationOr('5m', 'The time that is looked at with `counter`, as far as earlier runs go back.'),
  headers: z.record(z.string(), z.string()).default({}).meta({ description: 'Headers to send.' }),
  ca_file: authorities(),
}) satisfies z.ZodType<MetricsTarget>;

export const metrics = defineCheck({
  kind: 'metrics',
  title: 'look at a number that a program tells of itself',
  description:
    'Reads an endpoint with metrics, in the text format of Prometheus or as JSON, over a fresh connection, and takes a number, the rate of a ' +
    'counter or the ratio of two from it: the share of requests that failed, an open breaker, files that wait. It fails when the ' +
    'connection is refused, the answer has another status than 200 or does not come within `timeout`. It stays unknown when the number is ' +
    'not in it.',
  schema,
  main: 'url',
  measured: [
    {
      name: 'ratio',
      unit: 'percent',
      worse: 'above',
      description: 'With `per`: the number as a share of the other one',
    },
    { name: 'value', unit: 'count', worse: 'above', description: 'The number; with `counter`, what it grew by' },
    { name: 'rate', unit: 'count', worse: 'above', description: 'With `counter`: what it grew by in a second' },
    LATENCY,
  ],
  examples: [
    'metrics: { url: "http://127.0.0.1:9090/metrics", value: "http_requests_total{code=~\\"5..\\"}", per: http_requests_total, counter: true }\nfail: 1%',
    'metrics: { url: "http://127.0.0.1:5000/status", value: "$.breakers.search.open" }\nwarn: 0',
    'metrics: { url: "http://127.0.0.1:5000/metrics", value: jobs_done_total, counter: true, over: 15m }\nfail: { of: rate, below: 0.1 }',
  ],
  run: () => import('./run.ts'),
});
