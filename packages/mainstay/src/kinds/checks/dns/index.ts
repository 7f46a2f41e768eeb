/** A check that asks a name server. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { patternProblem } from '../../kit/pattern.ts';
import { TYPES, parseServer } from './target.ts';
import type { DnsTarget } from './target.ts';

const answer = z
  .string()
  .min(1, 'must not be empty')
  .superRefine((text, context) => {
    const problem = patternProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

const schema = z.strictObject({
  name: z.string().min(1, 'must not be empty').meta({
    description: 'The name to ask for; for `PTR` the address.',
  }),
  type: z
    .enum(TYPES)
    .default('A')
    .meta({
      description: `The type of the records: ${TYPES.map((type) => `\`${type}\``).join(', ')}. Default: \`A\`.`,
    }),
  expect: z
    .union([answer, z.array(answer)], 'must be an answer or a list of answers')
    .transform((given) => [given].flat())
    .default([])
    .meta({
      description:
        'Answers that have to be among those that come, written as the record is: `192.0.2.1`, `10 mail.example.org` for `MX`, ' +
        '`10 5 5060 sip.example.org` for `SRV`; or a regular expression written `/…/` (flags `imsu`). Without it, any answer passes.',
    }),
  exactly: z.boolean().default(false).meta({
    description: 'Whether an answer that is not expected fails. Default: `false`.',
  }),
  server: z
    .string()
    .refine(
      (server) => server.includes('${') || parseServer(server) !== null,
      'must be an address, for example "9.9.9.9" or "[::1]:53"',
    )
    .optional()
    .meta({
      description: 'The address of the server to ask, with a port if it is not 53. Default: those of this machine.',
    }),
}) satisfies z.ZodType<DnsTarget>;

export const dns = defineCheck({
  kind: 'dns',
  title: 'ask a name server',
  description:
    'Asks for the records of a name, without a cache and without `/etc/hosts`. It passes when there are some and they are as expected. ' +
    'It fails when the name does not exist, has no record of the type, the answer is another one, or the server refuses, fails or does ' +
    'not answer within `timeout`.',
  schema,
  main: 'name',
  measured: [LATENCY, { name: 'answers', unit: 'count', description: 'Records that came', worse: 'below' }],
  examples: [
    'dns: example.org',
    'dns: { name: example.org, type: MX, expect: "10 mail.example.org", exactly: true, server: "9.9.9.9" }',
  ],
  run: () => import('./run.ts'),
});
