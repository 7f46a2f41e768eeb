import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { AlertMessage } from '../../../core/alert/index.ts';
import type { SendContext, SendOutcome } from '../../../ports/index.ts';
import { connectionError, oneLine, seconds } from '../../kit/index.ts';
import { domain, mailOf } from './mail.ts';
import type { EmailTarget } from './target.ts';

export { SECRETS } from './target.ts';

/** Where TLS begins with the connection, and where STARTTLS is spoken (RFC 8314, RFC 6409). */
const PORTS = { 'smtps:': 465, 'smtp:': 587 } as const;

export function render(target: Record<string, unknown>, message: AlertMessage): readonly string[] {
  const { to } = target as unknown as EmailTarget;
  const { subject, text } = mailOf(message);
  return [`To: ${to.join(', ')}\nSubject: ${subject}\n\n${text}`];
}

export async function send(
  target: Record<string, unknown>,
  message: AlertMessage,
  context: SendContext,
): Promise<SendOutcome> {
  const settings = target as unknown as EmailTarget;
  const url = URL.parse(settings.smtp);
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')) {
    return { result: 'permanent', reason: 'smtp is not an smtp:// or smtps:// URL' };
  }
  let ca: string | undefined;
  try {
    ca = settings.ca === undefined ? undefined : await readFile(resolve(context.workingDirectory, settings.ca), 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    return { result: 'permanent', reason: `cannot read ${settings.ca}: ${why}` };
  }
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  const user = decoded(url.username);
  const isHere = isThisMachine(host);
  const tls = settings.tls ?? (isHere ? 'if-offered' : 'required');
  if (url.protocol === 'smtp:' && tls !== 'required' && user !== '' && !isHere) {
    return { result: 'permanent', reason: `a password is not sent to ${host} without TLS: write tls: required` };
  }
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host,
    port: url.port === '' ? PORTS[url.protocol] : Number(url.port),
    name: domain(message.host),
    secure: url.protocol === 'smtps:',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'none',
    // A server on this machine has a certificate of its own as a rule, and nobody is in between.
    tls: { ...(ca !== undefined && { ca }), ...(isHere && ca === undefined && { rejectUnauthorized: false }) },
    ...(user !== '' && { auth: { user, pass: decoded(url.password) } }),
    connectionTimeout: context.timeoutMs,
    greetingTimeout: context.timeoutMs,
    socketTimeout: context.timeoutMs,
    logger: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const from = settings.from ?? (user.includes('@') ? user : `mainstay@${domain(message.host)}`);
  const { messageId, inReplyTo, subject, text, html } = mailOf(message);
  const thread = inReplyTo === null ? {} : { inReplyTo, references: [inReplyTo] };
  const sending = transport.sendMail({
    from,
    to: settings.to,
    ...(settings.reply_to !== undefined && { replyTo: settings.reply_to }),
    subject,
    text,
    html,
    messageId,
    ...thread,
    date: new Date(context.wallMs()),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Mainstay-Key': message.key },
  });
  try {
    const info = await withDeadline(sending, context.signal);
    const refused = info.rejected.map(String);
    return { result: 'delivered', remark: refused.length === 0 ? null : `${host} refused ${refused.join(', ')}` };
  } catch (error) {
    if (context.signal.aborted) {
      return { result: 'retry', reason: `${host} did not answer within ${seconds(context.timeoutMs)}`, afterMs: null };
    }
    return judge(error, host);
  } finally {
    transport.close();
  }
}

/** A reply of the server (RFC 5321 section 4.2.1: 4xx may work later, 5xx will not), or an error of the connection. */
function judge(error: unknown, host: string): SendOutcome {
  const { responseCode, response, code, message } = error as {
    responseCode?: number;
    response?: string;
    code?: string;
    message: string;
  };
  if (code === 'ETLS') {
    return {
      result: 'retry',
      reason: `${host} makes no TLS connection, which is asked for (tls: required)`,
      afterMs: null,
    };
  }
  if (responseCode !== undefined) {
    const reason = oneLine(`${host} answered ${response ?? responseCode}`, 200);
    return responseCode >= 500 ? { result: 'permanent', reason } : { result: 'retry', reason, afterMs: null };
  }
  if (code === 'EENVELOPE') return { result: 'permanent', reason: 'there is no recipient with an address' };
  // The system's code is only in the text: "connect ECONNREFUSED 127.0.0.1:25".
  const named = /\b(E[A-Z]{3,})\b/.exec(message)?.[1];
  const why = connectionError(named === undefined ? error : Object.assign(new Error(message), { code: named })).message;
  return { result: 'retry', reason: `${host}: ${oneLine(why, 200)}`, afterMs: null };
}

/** Rejects with the signal's reason when it comes first; what was begun is ended by closing the transport. */
function withDeadline<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolved, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    promise.then(resolved, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
