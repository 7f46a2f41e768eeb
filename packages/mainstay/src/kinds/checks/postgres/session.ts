import { Socket, isIP } from 'node:net';
import { userInfo } from 'node:os';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import type { ProbeContext } from '../../../ports/index.ts';
import { THE_ADDRESS, UnusableTarget, isSelf, readAuthorities } from '../../kit/index.ts';
import type { Progress } from '../../kit/index.ts';
import type { PostgresTarget } from './target.ts';
import { parsePostgresUrl } from './url.ts';
import type { PostgresAddress } from './url.ts';

/** One row of an answer: every value as PostgreSQL writes it. */
export type Row = readonly (string | null)[];

export interface Session {
  /** One statement; its rows. */
  rows(statement: string): Promise<Row[]>;
  end(): Promise<void>;
}

/** Values stay text: what is asked here needs no types, and a text can always be compared. */
const AS_TEXT = { getTypeParser: () => (value: string) => value };

/**
 * The address with what stands beside it.
 *
 * @throws UnusableTarget
 */
export function addressOf({ url, password }: PostgresTarget, context: ProbeContext): PostgresAddress {
  const address = parsePostgresUrl(url);
  if (address === null) throw new UnusableTarget('the url is not the address of a PostgreSQL database');
  return { ...address, password: (password ?? address.password ?? context.environment['PGPASSWORD']) || null };
}

/**
 * Logs in over a connection of its own and begins a transaction that cannot write. Rejects with the connection's error, PostgreSQL's,
 * or an error of the driver; nothing stays open then. Once the signal has come, everything rejects.
 */
export async function openSession(
  address: PostgresAddress,
  caFile: string | undefined,
  context: ProbeContext,
  progress: Progress,
): Promise<Session> {
  const { signal } = context;
  const ssl = await tlsOptions(address, caFile, context);
  signal.throwIfAborted();
  const socket = new Socket();
  const { lost, close } = lossOf(socket, signal);
  // The driver does not notice every loss: what answers like PostgreSQL and then does not can leave it waiting.
  const orLost = <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, lost]);
  const client = new pg.Client({
    host: address.host,
    port: address.port,
    user: address.user ?? context.environment['PGUSER'] ?? userInfo().username,
    // A function, because the driver would look for a password in the daemon's own environment and home otherwise.
    password: () => address.password ?? '',
    ...(address.database === null ? {} : { database: address.database }),
    ssl,
    application_name: 'mainstay',
    stream: () => socket,
    types: AS_TEXT,
  });
  // What is lost is told by what waits for it.
  client.on('error', () => undefined);
  watch(socket, address.host, progress);
  try {
    await orLost(client.connect());
    const rows = async (text: string): Promise<Row[]> => {
      // The extended protocol takes one statement: none can end the transaction and go on.
      const query = { text, rowMode: 'array' as const, queryMode: 'extended' };
      return (await orLost(client.query<(string | null)[]>(query))).rows;
    };
    await rows('BEGIN TRANSACTION READ ONLY');
    // A statement that nobody waits for any more must not go on.
    await rows(`SET LOCAL statement_timeout = ${Math.ceil(context.timeoutMs)}`);
    const end = async (): Promise<void> => {
      // Said goodbye to, PostgreSQL has nothing to write into its log.
      await orLost(client.query('ROLLBACK').then(() => client.end())).catch(() => undefined);
      close();
    };
    return { rows, end };
  } catch (error) {
    close();
    throw error;
  }
}

/** Rejects when the connection is lost or the signal comes, which ends it. */
function lossOf(socket: Socket, signal: AbortSignal): { lost: Promise<never>; close: () => void } {
  const { promise: lost, reject } = Promise.withResolvers<never>();
  lost.catch(() => undefined);
  const close = (): void => {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  };
  const onAbort = (): void => {
    close();
    reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once('close', () => reject(Object.assign(new Error('the connection was closed'), { code: 'EPIPE' })));
  return { lost, close };
}

function watch(socket: Socket, host: string, progress: Progress): void {
  progress.waitingFor = host.startsWith('/') || isIP(host) !== 0 ? 'a connection' : THE_ADDRESS;
  socket.once('lookup', (error) => {
    if (error === null) progress.waitingFor = 'a connection';
  });
  socket.prependOnceListener('connect', () => {
    progress.waitingFor = 'the login';
    if (isSelf(socket)) socket.destroy(Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' }));
  });
}

/** What libpq's `sslmode` means. Without one: TLS if authorities are named, else none. */
async function tlsOptions(
  { tlsMode, authorities }: PostgresAddress,
  caFile: string | undefined,
  context: ProbeContext,
): Promise<ConnectionOptions | false> {
  const file = caFile ?? authorities;
  const mode = tlsMode ?? (file === null ? 'disable' : 'verify-full');
  if (mode === 'disable' || mode === 'allow' || mode === 'prefer') return false;
  if (file === null) return { rejectUnauthorized: mode !== 'require' };
  const ca = await readAuthorities(file, context.workingDirectory);
  return mode === 'verify-full' ? { ca } : { ca, checkServerIdentity: () => undefined };
}
