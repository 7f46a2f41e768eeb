import { z } from 'zod';
import { authorities } from '../fields.ts';
import { parseRedisUrl } from './address.ts';

const NOT_A_PLACE = 'must be "redis://host:port/database", "rediss://…" for TLS, "unix:///path" or "host:port"';

/** Where a Redis is, and how to log in. Loads zod: for definitions. */
export const place = {
  url: z
    .string()
    .refine((url) => url.includes('${') || parseRedisUrl(url) !== null, NOT_A_PLACE)
    .meta({
      description:
        'Where it is: `redis://user:password@host:port/database`, `rediss://…` for TLS, `unix:///path/of/the.socket` or `host:port`. ' +
        'All but the host may be left out.',
    }),
  user: z.string().min(1, 'must not be empty').optional().meta({
    description: 'User to log in as, instead of the one in the URL.',
  }),
  password: z.string().optional().meta({
    description: 'Password to log in with, instead of the one in the URL. An empty one is none.',
  }),
  ca_file: authorities(),
};
