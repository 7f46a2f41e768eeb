import type { Endpoint } from '../socket.ts';

const DEFAULT_PORT = 6379;

export interface RedisAddress {
  endpoint: Endpoint;
  tls: boolean;
  /** Decoded; null: nothing is said. */
  user: string | null;
  password: string | null;
  database: number;
  /** For people: without user, password and options. */
  shown: string;
}

/**
 * `redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS, `unix:///path[?db=1]`, or `host[:port]`; null when it is
 * none of these. The forms of https://www.iana.org/assignments/uri-schemes/prov/redis and of the usual clients.
 */
export function parseRedisUrl(text: string): RedisAddress | null {
  const url = URL.parse(/^[a-z+]+:\/\//.test(text) ? text : `redis://${text}`);
  if (url === null) return null;
  const user = decoded(url.username);
  const password = decoded(url.password);
  if (user === undefined || password === undefined) return null;
  if (url.protocol === 'unix:' || url.protocol === 'redis+unix:') {
    const path = decoded(url.pathname);
    const database = databaseOf(url.searchParams.get('db') ?? '0');
    if (path === undefined || path === null || url.host !== '' || path === '/' || database === null) return null;
    return { endpoint: { path }, tls: false, user, password, database, shown: path };
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') return null;
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  const database = databaseOf(url.pathname.replace(/^\//, '') || (url.searchParams.get('db') ?? '0'));
  if (host === '' || /[\s%]/.test(host) || database === null) return null;
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  const tls = url.protocol === 'rediss:';
  return { endpoint: { host, port }, tls, user, password, database, shown: `${url.hostname}:${port}` };
}

function databaseOf(text: string): number | null {
  return /^\d{1,5}$/.test(text) ? Number(text) : null;
}

/** Percent-decoded; null for nothing, undefined for what cannot be decoded. */
function decoded(text: string): string | null | undefined {
  try {
    return text === '' ? null : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
