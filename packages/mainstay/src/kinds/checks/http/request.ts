import type { X509Certificate } from 'node:crypto';
import { request as plain } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as secure } from 'node:https';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { chainOf, settling } from '../../kit/index.ts';

/** Bytes of a body that are read. */
const BODY_LIMIT = 1_048_576;

export interface Request {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
  /** Certificates of authorities to trust instead of the usual ones. */
  authorities: string | undefined;
  signal: AbortSignal;
  monotonicMs: () => number;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The body is longer than what was read. */
  cut: boolean;
  /** The certificates of the other side; none without TLS. */
  chain: X509Certificate[];
}

/** How far a request came, and how long each phase took (milliseconds). Filled in as it goes, so that it tells where a failure was. */
export interface Trace {
  waitingFor: 'the address' | 'a connection' | 'the TLS handshake' | 'an answer' | 'the rest of the answer';
  times: Partial<Record<'resolve_ms' | 'connect_ms' | 'tls_ms' | 'first_byte_ms' | 'transfer_ms', number>>;
}

/**
 * One request over a connection of its own, which is closed again whatever happens.
 * Rejects with the connection's error, or with the signal's reason.
 */
export function exchange(request: Request, trace: Trace): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { url, signal } = request;
    const tls = url.protocol === 'https:';
    let last = request.monotonicMs();
    const lap = (phase: keyof Trace['times']): void => {
      const now = request.monotonicMs();
      trace.times[phase] = Math.round((now - last) * 10) / 10;
      last = now;
    };

    // `agent: false`: no pool, so the connection is neither an old one nor kept.
    const send = tls ? secure : plain;
    const trusted = request.authorities === undefined ? {} : { ca: request.authorities };
    const outgoing = send(url, { method: request.method, headers: request.headers, agent: false, ...trusted });
    let chain: X509Certificate[] = [];
    const settle = settling(outgoing, signal, reject);

    trace.waitingFor = isIP(url.hostname.replaceAll(/[[\]]/g, '')) === 0 ? 'the address' : 'a connection';
    outgoing.once('socket', (socket) => {
      socket.once('lookup', () => {
        lap('resolve_ms');
        trace.waitingFor = 'a connection';
      });
      socket.once('connect', () => {
        lap('connect_ms');
        trace.waitingFor = tls ? 'the TLS handshake' : 'an answer';
      });
      socket.once('secureConnect', () => {
        lap('tls_ms');
        if (socket instanceof TLSSocket) chain = chainOf(socket);
        trace.waitingFor = 'an answer';
      });
    });
    outgoing.once('response', (incoming) => {
      lap('first_byte_ms');
      trace.waitingFor = 'the rest of the answer';
      read(incoming, (error, body, cut) => {
        lap('transfer_ms');
        const { statusCode: status = 0, headers } = incoming;
        settle(() => (error === null ? resolve({ status, headers, body, cut, chain }) : reject(error)));
      });
    });
    outgoing.end(request.body);
  });
}

function read(incoming: IncomingMessage, done: (error: Error | null, body: Buffer, cut: boolean) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    chunks.push(chunk.subarray(0, BODY_LIMIT - size));
    size += chunk.length;
    if (size > BODY_LIMIT) {
      incoming.pause();
      incoming.removeAllListeners('data');
      done(null, Buffer.concat(chunks), true);
    }
  });
  incoming.once('end', () => done(null, Buffer.concat(chunks), false));
  incoming.once('error', (error) => done(error, Buffer.alloc(0), false));
}
