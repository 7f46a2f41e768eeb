import { request as plain } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { request as secure } from 'node:https';
import type { SendContext, SendOutcome } from '../../../ports/index.ts';
import { connectionError } from '../network.ts';
import { oneLine, seconds } from '../observe.ts';
import { settling } from '../settling.ts';

/** Bytes of an answer that are read. */
const BODY_LIMIT = 16_384;
/** Answers that mean "later" by RFC 9110, RFC 6585 and RFC 8470. */
const LATER = new Set([408, 425, 429]);

export interface Posted {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * Posts a body over a connection of its own and says what became of it: 2xx arrived; 408, 425, 429 and 5xx may later, after what the
 * answer asks for; anything else is permanent, redirects too, because a secret must not follow them.
 *
 * @param judge what this answer means where the other side has rules of its own; null: the rules above
 */
export async function post(
  target: { url: string; headers?: Readonly<Record<string, string>>; body: string },
  context: SendContext,
  judge: (answer: Posted) => SendOutcome | null = () => null,
): Promise<SendOutcome> {
  const url = URL.parse(target.url);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return { result: 'permanent', reason: 'its address is not an http:// or https:// URL' };
  }
  // Only the host is ever said: the rest of the address is often the secret.
  const { host } = url;
  try {
    const headers = { 'content-type': 'application/json', 'user-agent': 'mainstay', ...target.headers };
    const answer = await exchange(url, headers, target.body, context.signal);
    return judge(answer) ?? byStatus(answer, host, context.wallMs());
  } catch (error) {
    if (context.signal.aborted) {
      return { result: 'retry', reason: `${host} did not answer within ${seconds(context.timeoutMs)}`, afterMs: null };
    }
    if (/^ERR_(INVALID|UNESCAPED|HTTP_INVALID)/.test(String((error as { code?: unknown }).code))) {
      return { result: 'permanent', reason: 'its address or headers cannot be sent as they are' };
    }
    return { result: 'retry', reason: `${host}: ${connectionError(error).message}`, afterMs: null };
  }
}

function byStatus(answer: Posted, host: string, wallMs: number): SendOutcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return { result: 'delivered', remark: null };
  const reason = said(answer, host);
  if (LATER.has(status) || status >= 500) return { result: 'retry', reason, afterMs: retryAfter(answer, wallMs) };
  return { result: 'permanent', reason };
}

/** An answer in words: `hooks.slack.com answered 404: no_team`. */
export function said({ status, body }: Posted, host: string): string {
  if (status >= 300 && status < 400) return `${host} answered ${status}: redirects are not followed`;
  const text = oneLine(body.replaceAll(/<[^>]*>/g, ' '), 120);
  return `${host} answered ${status}${text === '' ? '' : `: ${text}`}`;
}

/** The header Retry-After (RFC 9110 section 10.2.3), in milliseconds from now; null: there is none. */
export function retryAfter({ headers }: Posted, wallMs: number): number | null {
  const value = headers['retry-after'];
  if (value === undefined) return null;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - wallMs);
}

/** The answer read as JSON; null when it is none. */
export function jsonOf({ body }: Posted): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

async function exchange(url: URL, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<Posted> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    // `agent: false`: no pool, so the connection is neither an old one nor kept.
    const send = url.protocol === 'https:' ? secure : plain;
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const outgoing = send(url, { method: 'POST', headers: { ...headers, ...length }, agent: false });
    const settle = settling(outgoing, signal, reject);
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = (): void => {
        const { statusCode: status = 0, headers: answered } = incoming;
        const text = Buffer.concat(chunks).toString('utf8');
        settle(() => resolve({ status, headers: answered, body: text }));
      };
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk.subarray(0, BODY_LIMIT - size));
        size += chunk.length;
        if (size > BODY_LIMIT) finish();
      });
      incoming.once('end', finish);
      // The status has arrived, and it is what decides.
      incoming.once('error', finish);
    });
    outgoing.end(body);
  });
}
