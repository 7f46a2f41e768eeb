import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { THE_ADDRESS } from './network.ts';
import { settling } from './settling.ts';
import type { Progress } from './socket.ts';

export interface Get {
  /** Default: GET. A POST has an empty body. */
  method?: 'GET' | 'POST';
  /** Where: a URL, or the path of a socket of this machine and a path there. */
  where: URL | { socketPath: string; path: string };
  headers?: Record<string, string>;
  /** Certificates of authorities to trust instead of the usual ones. */
  authorities?: string | undefined;
  signal: AbortSignal;
  progress: Progress;
  /** Bytes of the answer at most; a longer one is an error. */
  limit: number;
}

/**
 * The status and the body of what a server answers, over a fresh connection that is closed again. Rejects with the connection's
 * error, with one that says that the answer is too long, or with the signal's reason.
 */
export async function get({
  method = 'GET',
  where,
  headers = {},
  authorities,
  signal,
  progress,
  limit,
}: Get): Promise<{ status: number; body: string }> {
  signal.throwIfAborted();
  const isSecure = where instanceof URL && where.protocol === 'https:';
  const { request: send } = isSecure ? await import('node:https') : await import('node:http');
  const trusted = authorities === undefined ? {} : { ca: authorities };
  const options = { method, headers, agent: false as const, ...trusted };
  return new Promise((resolve, reject) => {
    const outgoing = where instanceof URL ? send(where, options) : send({ ...where, ...options });
    const settle = settling(outgoing, signal, reject);
    const isName = where instanceof URL && isIP(where.hostname.replaceAll(/[[\]]/g, '')) === 0;
    progress.waitingFor = isName ? THE_ADDRESS : 'an answer';
    outgoing.once('socket', (socket) => socket.once('lookup', () => (progress.waitingFor = 'an answer')));
    outgoing.once('response', (incoming) => {
      progress.waitingFor = 'the rest of the answer';
      read(incoming, limit).then(
        (body) => settle(() => resolve({ status: incoming.statusCode ?? 0, body })),
        (error: unknown) => settle(() => reject(error)),
      );
    });
    outgoing.end();
  });
}

async function read(incoming: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new Error(`the answer is longer than ${Math.round(limit / 1024)} KiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
