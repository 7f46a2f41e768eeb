/** A check that asks PostgreSQL how it is. */
import { z } from 'zod';
import { LATENCY, defineCheck } from '../../kit/define.ts';
import { patternProblem } from '../../kit/pattern.ts';
import { authorities, duration, limits, percent, severity } from '../../kit/fields.ts';
import type { PostgresTarget } from './target.ts';
import { parsePostgresUrl } from './url.ts';

const schema = z.strictObject({
  url: z
    .string()
    .refine(
      (url) => url.includes('${') || parsePostgresUrl(url) !== null,
      'must be "postgresql://user:password@host:port/database?sslmode=…", with one host',
    )
    .meta({
      description:
        'Where it is, as libpq writes it: `postgresql://user:password@host:port/database`; all but the scheme may be left out, and ' +
        '`?host=/folder` is for a socket. Of the parameters, `host`, `port`, `user`, `password`, `dbname`, `sslmode` and `sslrootcert` are ' +
        'looked at. There is TLS with `sslmode=require`, `verify-ca` or `verify-full`, and without `sslmode` if authorities are named.',
    }),
  password: z.string().optional().meta({
    description:
      'Password to log in with, instead of the one in the URL. Without either, `PGPASSWORD` of the environment is taken.',
  }),
  ca_file: authorities(),
  query: z.string().min(1, 'must not be empty').optional().meta({
    description: 'One statement that is to succeed. It is run in a transaction that cannot write.',
  }),
  expect: z
    .union([z.string(), z.number(), z.boolean()], 'must be a text, a number, true or false')
    .superRefine((expected, context) => {
      const problem = typeof expected === 'string' ? patternProblem(expected) : null;
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    })
    .optional()
    .meta({
      description:
        'What the first value of the first row has to be: a text, a number, `true` or `false`, or a regular expression written `/…/` ' +
        '(flags `imsu`). A number there is recorded as `value`.',
    }),
  role: z.enum(['primary', 'standby']).optional().meta({
    description: 'What it has to be: `primary` or `standby`. It fails when it is the other one.',
  }),
  connections: limits(percent(), 'the share of `max_connections` in use').optional().meta({
    description: 'Limits for the connections in use, of `max_connections`. Default: a warning at 80%.',
  }),
  longest_transaction: limits(duration(), 'the age of the oldest open transaction').optional().meta({
    description:
      'Limits for the age of the oldest open transaction. Only a user with the role `pg_monitor` sees those of others.',
  }),
  replication_lag: limits(duration(), 'the lag')
    .optional()
    .meta({
      description:
        'Limits for how late a standby is: of a standby itself, or of the latest one of a primary (for which the user needs the role ' +
        '`pg_monitor`).',
    }),
  replication: severity()
    .default('warn')
    .meta({
      description:
        'What it counts as when a standby is not connected to its primary, or a primary has too few standbys: `warn`, `fail` or `ignore`. ' +
        'Default: `warn`.',
    }),
  standbys: z.number().int().min(0).max(1000).default(0).meta({
    description: 'How many standbys have to be connected to a primary. Default: 0.',
  }),
  transaction_age: limits(percent(), 'the share of the transaction ids used up')
    .optional()
    .meta({
      description:
        'Limits for the age of the oldest transaction id, of the two thousand million after which PostgreSQL refuses to write. Default: a ' +
        'warning at 40%; it stays below a tenth while autovacuum works.',
    }),
  archiver: severity()
    .default('warn')
    .meta({
      description:
        'What it counts as when the archiver fails, or leaves files waiting for more than a quarter of an hour (seen with the role ' +
        '`pg_monitor`): `warn`, `fail` or `ignore`. Default: `warn`.',
    }),
}) satisfies z.ZodType<PostgresTarget>;

export const postgres = defineCheck({
  kind: 'postgres',
  title: 'ask PostgreSQL how it is',
  description:
    'Logs in over a fresh connection and asks, in a transaction that cannot write, for the state of the server, and `query` if there is ' +
    'one. It passes when all is answered and nothing of what the keys below look at is wrong. It fails when the connection is refused, ' +
    'PostgreSQL answers with an error (also that it is starting up, which `start_period` has to allow for) or not within `timeout`. It ' +
    'stays unknown when it refuses the user, the password or the permission, or does not understand the query, for that says more about ' +
    'this check than about PostgreSQL.',
  schema,
  main: 'url',
  measured: [
    {
      name: 'connections_used',
      unit: 'percent',
      description: 'Connections in use, of `max_connections`',
      worse: 'above',
    },
    LATENCY,
    { name: 'value', unit: 'count', description: 'The number that `query` found', worse: 'above' },
    { name: 'replication_lag', unit: 'seconds', description: 'How late a standby is', worse: 'above' },
    { name: 'longest_transaction', unit: 'seconds', description: 'Age of the oldest open transaction', worse: 'above' },
    { name: 'transaction_age', unit: 'percent', description: 'Transaction ids used up', worse: 'above' },
  ],
  examples: [
    'postgres: "${DATABASE_URL}"',
    'postgres: { url: "postgresql://monitor@db.example.org/shop?sslmode=verify-full", password: "${MONITOR_PASSWORD}", role: primary, standbys: 1, longest_transaction: { warn: 10m } }',
    'postgres: "postgresql://monitor@127.0.0.1/shop"\nquery: "SELECT count(*) FROM jobs WHERE failed"\nexpect: 0',
  ],
  run: () => import('./run.ts'),
});
