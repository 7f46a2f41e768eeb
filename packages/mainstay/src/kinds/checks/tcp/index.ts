/** A check that opens a TCP connection, and may exchange a few words over it. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { parseAddress } from '../../kit/address.ts';
import { patternProblem } from '../../kit/pattern.ts';
import type { TcpTarget } from './target.ts';

const schema = z.strictObject({
  address: z
    .string()
    .refine(
      (address) => address.includes('${') || parseAddress(address) !== null,
      'must be host:port, for example "127.0.0.1:6379" or "[::1]:6379"',
    )
    .meta({ description: 'Where to connect: `host:port`, for example `127.0.0.1:6379` or `[::1]:6379`.' }),
  send: z.string().optional().meta({ description: 'Text to send once connected.' }),
  expect: z
    .string()
    .min(1, 'must not be empty')
    .superRefine((text, context) => {
      const problem = patternProblem(text);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    })
    .optional()
    .meta({
      description: 'Text that must come back: a part of it, or a regular expression written `/…/` (flags `imsu`).',
    }),
}) satisfies z.ZodType<TcpTarget>;

export const tcp = defineCheck({
  kind: 'tcp',
  title: 'open a TCP connection',
  description:
    'Opens a fresh TCP connection. It passes when the connection is made and, if `expect` is given, the expected text comes back ' +
    'within the first 64 KiB. It fails when the connection is refused, is closed too early or takes longer than `timeout`. It stays ' +
    'unknown when the name cannot be resolved or this machine cannot connect anywhere.',
  schema,
  main: 'address',
  measured: [LATENCY],
  examples: ['tcp: "127.0.0.1:5432"', 'tcp: { address: "127.0.0.1:25", expect: "/^220 /" }'],
  run: () => import('./run.ts'),
});
