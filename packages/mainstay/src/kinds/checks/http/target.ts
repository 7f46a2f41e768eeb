import type { Expiry, Limits } from '../../kit/index.ts';

export interface HttpTarget {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string | undefined;
  expect: HttpExpect;
  redirects: number;
  /** A user and a password, or a token. */
  auth?: { user?: string | undefined; password?: string | undefined; token?: string | undefined } | undefined;
  ca_file?: string | undefined;
  /** Not in plans that an older version has stored; as `json_path`. */
  expiry?: Expiry | undefined;
  /** Milliseconds. */
  latency?: Limits | undefined;
}

export interface HttpExpect {
  /** Codes, or classes such as `2xx`; one of them. */
  status: (number | string)[];
  json?: unknown;
  /** By path. */
  json_path?: Record<string, unknown> | undefined;
  text?: string | undefined;
  headers: Record<string, string>;
}
