/** A check that looks at who listens on a port. */
import { z } from 'zod';
import { defineCheck } from '../../kit/define.ts';
import type { PortTarget } from './target.ts';

const NOT_A_PORT = 'must be a port from 1 to 65535';

const schema = z
  .strictObject({
    port: z
      .union([
        z.int(NOT_A_PORT).min(1, NOT_A_PORT).max(65_535, NOT_A_PORT),
        z.string().regex(/^\d{1,5}$|\$\{/, NOT_A_PORT),
      ])
      .meta({ description: 'The port.' }),
    protocol: z.enum(['tcp', 'udp']).default('tcp').meta({ description: '`tcp` or `udp`. Default: `tcp`.' }),
    address: z
      .union([z.ipv4(), z.ipv6()], 'must be an address such as 127.0.0.1 or ::1')
      .optional()
      .meta({ description: 'Only what can be reached at this address of the machine. Default: any.' }),
    listening: z.boolean().default(true).meta({
      description: 'Whether somebody has to listen; `false`: the port has to be free. Default: true.',
    }),
    service: z.string().min(1, 'must not be empty').optional().meta({
      description: 'The service of the project that has to be the one who listens.',
    }),
    holder: z.string().min(1, 'must not be empty').optional().meta({
      description: 'The name of the program that has to be the one who listens.',
    }),
  })
  .refine(({ service, holder }) => service === undefined || holder === undefined, 'needs service or holder, not both')
  .refine(
    ({ listening, service, holder }) => listening || (service === undefined && holder === undefined),
    'a port that has to be free has no service and no holder',
  ) satisfies z.ZodType<PortTarget>;

export const port = defineCheck({
  kind: 'port',
  title: 'look at who listens on a port',
  description:
    'Looks for a socket that listens on a port of this machine, and for the process that has it, without connecting to it. It fails when ' +
    'nobody listens, or somebody else than the service or program that is named, and tells who. It stays unknown when mainstay may not see ' +
    'whose socket it is, as for a process of another user, and while no instance of the service runs.',
  schema,
  main: 'port',
  examples: [
    'port: 443',
    'port: { port: 8080, service: backend }',
    'port: { port: 5432, address: 127.0.0.1, holder: postgres }',
  ],
  run: () => import('./run.ts'),
});
