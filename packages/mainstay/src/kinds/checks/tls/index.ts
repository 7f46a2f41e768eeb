/** A check that makes a TLS handshake and looks at the certificate. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { parseAddress } from '../../kit/address.ts';
import { authorities, durationOr, expiry } from '../../kit/fields.ts';
import type { TlsTarget } from './target.ts';

const schema = z.strictObject({
  address: z
    .string()
    .refine(
      (address) => address.includes('${') || parseAddress(address) !== null,
      'must be host:port, for example "example.org:443" or "[::1]:443"',
    )
    .meta({ description: 'Where to connect: `host:port`, for example `example.org:443`.' }),
  server_name: z.string().min(1, 'must not be empty').optional().meta({
    description: 'The name to ask for, which the certificate has to be for. Default: the host of the address.',
  }),
  names: z.array(z.string().min(1, 'must not be empty')).default([]).meta({
    description: 'More names or addresses that the certificate has to be for.',
  }),
  ca_file: authorities(),
  expiry: z
    .strictObject({ ...expiry, fail: durationOr('7d', 'Fails within this time.') })
    .prefault({})
    .meta({ description: 'How long before its end the certificate is to have been renewed.' }),
}) satisfies z.ZodType<TlsTarget>;

export const tls = defineCheck({
  kind: 'tls',
  title: 'look at a certificate',
  description:
    'Makes a TLS handshake over a fresh connection and looks at the certificates that come. It passes when the chain is complete and ends ' +
    'at an authority that is trusted, the certificate is for the name, and nothing of the chain expires soon. It fails when one of ' +
    'these does not hold, the connection is refused, what answers does not speak TLS, or the handshake takes longer than `timeout`. ' +
    'It stays unknown when the name cannot be resolved or this machine cannot connect anywhere.',
  schema,
  main: 'address',
  measured: [
    {
      name: 'days_left',
      unit: 'count',
      description: 'Days until the first certificate of the chain expires',
      worse: 'below',
    },
    LATENCY,
  ],
  examples: [
    'tls: "example.org:443"',
    'tls: { address: "127.0.0.1:8443", server_name: example.org, names: [www.example.org], ca_file: ./ca.pem, expiry: { warn: 30d, fail: 3d } }',
  ],
  run: () => import('./run.ts'),
});
