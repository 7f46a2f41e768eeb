import { readFile } from 'node:fs/promises';
import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { resolve as resolvePath } from 'node:path';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { THE_ADDRESS, UnusableTarget } from './network.ts';

/** Where to connect: a host and port, or the path of a socket of this machine. */
export type Endpoint = { host: string; port: number } | { path: string };

/** How far a connection came. Filled in as it goes, so that it tells where a failure was. */
export interface Progress {
  waitingFor: string;
}

/**
 * A fresh connection. Rejects with the connection's error, or with the signal's reason; nothing stays open then. Later errors and the
 * signal are the caller's business.
 *
 * @param tls options of the handshake; null: none is made
 */
export async function openSocket(
  endpoint: Endpoint,
  tls: ConnectionOptions | null,
  signal: AbortSignal,
  progress: Progress,
): Promise<Socket> {
  signal.throwIfAborted();
  progress.waitingFor = 'host' in endpoint && isIP(endpoint.host) === 0 ? THE_ADDRESS : 'a connection';
  const socket = connect({ ...endpoint, noDelay: true });
  socket.once('lookup', (error) => {
    if (error === null) progress.waitingFor = 'a connection';
  });
  await settled(socket, 'connect', signal);
  if (isSelf(socket)) {
    socket.destroy();
    throw Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
  }
  return tls === null ? socket : secure(socket, endpoint, tls, signal, progress);
}

/** Makes the handshake of TLS on a connection; as {@link openSocket}. */
async function secure(
  socket: Socket,
  endpoint: Endpoint,
  tls: ConnectionOptions,
  signal: AbortSignal,
  progress: Progress,
): Promise<TLSSocket> {
  progress.waitingFor = 'the TLS handshake';
  const { connect: connectTls } = await import('node:tls');
  const host = 'host' in endpoint ? endpoint.host : 'localhost';
  // A name is sent along (RFC 6066 forbids an address there).
  const named = isIP(host) === 0 ? { servername: host } : {};
  const secured = connectTls({ host, ...named, ...tls, socket });
  await settled(secured, 'secureConnect', signal);
  return secured;
}

/** Waits for an event of a socket; destroys the socket if something else comes first. */
function settled(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (end: () => void): void => {
      socket.off('error', onError).off('close', onClose).off(event, onReady);
      signal.removeEventListener('abort', onAbort);
      end();
    };
    const fail = (error: unknown): void =>
      done(() => {
        socket.on('error', () => undefined);
        socket.destroy();
        reject(error);
      });
    const onError = (error: Error): void => fail(error);
    const onClose = (): void => fail(Object.assign(new Error('the connection was closed'), { code: 'EPIPE' }));
    const onAbort = (): void => fail(signal.reason);
    const onReady = (): void => done(resolve);
    socket.once('error', onError).once('close', onClose).once(event, onReady);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

/**
 * With nobody listening, a connection to a port of the ephemeral range of this host can be given that very port as its own, and
 * then connects to itself (simultaneous open, RFC 9293 section 3.5).
 */
export function isSelf(socket: Socket): boolean {
  return (
    socket.localPort !== undefined &&
    socket.localPort === socket.remotePort &&
    socket.localAddress === socket.remoteAddress
  );
}

/** The certificates of the authorities in a file: what a handshake trusts then, and nothing else. */
export async function readAuthorities(file: string, workingDirectory: string): Promise<string> {
  try {
    const text = await readFile(resolvePath(workingDirectory, file), 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (error) {
    throw new UnusableTarget(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
  throw new UnusableTarget(`${file} holds no certificate in PEM form`);
}
