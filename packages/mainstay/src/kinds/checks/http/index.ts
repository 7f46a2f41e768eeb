/** A check that makes an HTTP request and looks at the answer. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { patternProblem } from '../../kit/pattern.ts';
import { pathSteps } from '../../kit/json-path.ts';
import { authorities, duration, expiry, limits } from '../../kit/fields.ts';
import type { HttpTarget } from './target.ts';

const A_STATUS = 'must be a status code such as 200, a class such as "2xx", or a list of these';

const status = z.union([z.number().int().min(100).max(599), z.string().regex(/^[1-5]xx$/, A_STATUS)], {
  error: A_STATUS,
});

const searched = z
  .string()
  .min(1, 'must not be empty')
  .superRefine((text, context) => {
    const problem = patternProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

const expect = z.strictObject({
  status: z
    .union([status, z.array(status).min(1, 'must name a status')], { error: A_STATUS })
    .transform((given) => (Array.isArray(given) ? given : [given]))
    .default(['2xx'])
    .meta({
      description: 'Status codes that pass: a code, a class such as `2xx`, or a list of these. Default: `2xx`.',
    }),
  json: z.json().optional().meta({
    description:
      'What the body, read as JSON, must contain: objects may have more keys, everything else must be equal.',
  }),
  json_path: z
    .record(
      z.string().refine((path) => pathSteps(path) !== null, 'must be a path such as "parts[0].name" or "$.status"'),
      z.json().superRefine((wanted, context) => {
        const problem = typeof wanted === 'string' ? patternProblem(wanted) : null;
        if (problem !== null) context.addIssue({ code: 'custom', message: problem });
      }),
    )
    .optional()
    .meta({
      description:
        'Paths in the body, read as JSON, each with the value that must be there, or a regular expression written `/…/`: ' +
        '`{ "$.status": healthy, "parts[0].state": "/^(up|idle)$/" }`.',
    }),
  text: searched.optional().meta({
    description: 'What the body must contain: a text, or a regular expression written `/…/` (flags `imsu`).',
  }),
  headers: z.record(z.string(), searched).default({}).meta({
    description: 'Headers of the answer, each with a text it must contain or a regular expression written `/…/`.',
  }),
});

const auth = z
  .strictObject({
    user: z.string().optional().meta({ description: 'User, sent with `password` as basic authentication.' }),
    password: z.string().optional().meta({ description: 'The password of `user`.' }),
    token: z.string().min(1, 'must not be empty').optional().meta({ description: 'A token, sent as `Bearer`.' }),
  })
  .refine(
    ({ user, token }) => (user === undefined) !== (token === undefined),
    'needs either user and password, or token',
  );

const schema = z.strictObject({
  url: z
    .string()
    .refine((url) => url.includes('${') || isHttpUrl(url), 'must be an http:// or https:// URL')
    .meta({
      description:
        'What to request: an `http://` or `https://` URL. A user and password in it are sent as basic authentication.',
    }),
  method: z
    .string()
    .regex(/^[A-Z]+$/, 'must be a method in capitals, for example HEAD')
    .default('GET')
    .meta({ description: 'The request method. Default: `GET`.' }),
  headers: z.record(z.string(), z.string()).default({}).meta({ description: 'Headers to send.' }),
  body: z.string().optional().meta({ description: 'A body to send.' }),
  expect: expect.prefault({}).meta({ description: 'What the answer must be like.' }),
  redirects: z.number().int().min(0).max(20).default(5).meta({
    description: 'How many redirects are followed; one whose status is expected is not. Default: 5.',
  }),
  auth: auth.optional().meta({ description: 'How to log in. Not sent on to another origin.' }),
  latency: limits(duration(), 'the time of the whole run').optional().meta({
    description: 'Limits for the time that everything took, redirects included.',
  }),
  ca_file: authorities(),
  expiry: z
    .strictObject({
      ...expiry,
      fail: duration().optional().meta({
        description: 'Fails within this time. Default: never, for to restart a service renews no certificate.',
      }),
    })
    .prefault({})
    .meta({ description: 'How long before its end the certificate is to have been renewed.' }),
}) satisfies z.ZodType<HttpTarget>;

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
}

export const http = defineCheck({
  kind: 'http',
  title: 'make an HTTP request',
  description:
    'Makes a request over a fresh connection. It passes when the answer is complete and as expected within `timeout`, which covers ' +
    'everything, redirects included. A certificate that expires soon is a warning. It fails when the connection is refused, the certificate is not valid, the answer is another ' +
    'one, breaks off or comes too late. It stays unknown when the name cannot be resolved or this machine cannot connect anywhere. ' +
    'The first MiB of a body is read. Credentials are not sent on to another origin. The times of the phases (resolve, connect, tls, first byte, transfer) ' +
    'are recorded with the result.',
  schema,
  main: 'url',
  measured: [
    LATENCY,
    { name: 'days_left', unit: 'count', description: 'Days until the first certificate expires', worse: 'below' },
    { name: 'bytes', unit: 'bytes', description: 'Size of the body', worse: 'above' },
  ],
  examples: [
    'http: "http://127.0.0.1:5000/health"',
    'http: "http://127.0.0.1:5000/health"\nexpect: { status: 200, json: { status: healthy } }',
    'http: { url: "https://example.org/status", auth: { token: "${STATUS_TOKEN}" }, expect: { json_path: { "$.queue.length": 0 } } }',
    'http: { url: "https://example.org/login", method: POST, body: "user=probe", expect: { status: [200, "3xx"], text: "/welcome/i" } }',
  ],
  run: () => import('./run.ts'),
});
