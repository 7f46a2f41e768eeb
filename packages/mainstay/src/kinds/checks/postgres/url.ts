const DEFAULT_PORT = 5432;
const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

export type TlsMode = (typeof MODES)[number];

export interface PostgresAddress {
  /** A name, an address, or the folder of a socket. */
  host: string;
  port: number;
  /** null: nothing is said. */
  user: string | null;
  password: string | null;
  database: string | null;
  tlsMode: TlsMode | null;
  /** `sslrootcert` of the URL. */
  authorities: string | null;
  /** For people: without user, password and parameters. */
  shown: string;
}

/**
 * `postgresql://[user[:password]@][host][:port][/database][?parameters]` as libpq reads it
 * (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS), with one host; null when it is something else.
 * `postgresql+driver://`, as some libraries write, is the same. Parameters that mean nothing here are not looked at.
 */
export function parsePostgresUrl(text: string): PostgresAddress | null {
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?(\+\w+)?:$/.test(url.protocol)) return null;
  try {
    const said = (name: string, part: string): string | null =>
      url.searchParams.get(name) ?? (part === '' ? null : decodeURIComponent(part));
    const host = said('host', url.hostname.replaceAll(/[[\]]/g, '')) ?? 'localhost';
    const port = Number(said('port', url.port) ?? DEFAULT_PORT);
    const tlsMode = url.searchParams.get('sslmode');
    if (!Number.isInteger(port) || port < 1 || port > 65_535 || /[\s,]/.test(host)) return null;
    if (tlsMode !== null && !isMode(tlsMode)) return null;
    const database = said('dbname', url.pathname.replace(/^\//, ''));
    const place = host.startsWith('/')
      ? `${host}/.s.PGSQL.${port}`
      : `${host.includes(':') ? `[${host}]` : host}:${port}`;
    return {
      host,
      port,
      user: said('user', url.username),
      password: said('password', url.password),
      database,
      tlsMode,
      authorities: url.searchParams.get('sslrootcert'),
      shown: database === null ? place : `${place}/${database}`,
    };
  } catch {
    // Something that cannot be percent-decoded.
    return null;
  }
}

function isMode(text: string): text is TlsMode {
  return (MODES as readonly string[]).includes(text);
}
