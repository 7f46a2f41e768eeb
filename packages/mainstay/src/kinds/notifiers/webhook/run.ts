import { createHmac } from 'node:crypto';
import type { AlertMessage } from '../../../core/alert/index.ts';
import type { SendContext, SendOutcome } from '../../../ports/index.ts';
import { post, retryAfter, said } from '../../kit/notifier/index.ts';
import type { WebhookTarget } from './target.ts';

export { SECRETS } from './target.ts';

export function render(_target: Record<string, unknown>, message: AlertMessage): readonly string[] {
  const { stage, at, alerts, isTest, project, host, thread, link } = message;
  const data = {
    test: isTest,
    project,
    host,
    thread,
    link,
    alerts: alerts.map(({ since, until, ...alert }) => ({
      ...alert,
      since: iso(since),
      until: until === null ? null : iso(until),
    })),
  };
  return [JSON.stringify({ type: `alert.${stage}`, timestamp: iso(at), data })];
}

export function send(
  target: Record<string, unknown>,
  message: AlertMessage,
  context: SendContext,
): Promise<SendOutcome> {
  const { url, secret, headers } = target as unknown as WebhookTarget;
  const [body = ''] = render(target, message);
  const timestamp = String(Math.floor(context.wallMs() / 1000));
  const signatures = secret.map((one) => signature(one, `${message.key}.${timestamp}.${body}`));
  const signed = signatures.length === 0 ? {} : { 'webhook-signature': signatures.join(' ') };
  const own = { 'webhook-id': message.key, 'webhook-timestamp': timestamp, ...signed };
  return post({ url, headers: { ...headers, ...own }, body }, context, (answer) => {
    const { status } = answer;
    if ((status >= 200 && status < 400) || status === 410) return null;
    // By Standard Webhooks an address that does not exist at the moment may exist later.
    const reason = said(answer, new URL(url).host);
    return { result: 'retry', reason, afterMs: retryAfter(answer, context.wallMs()) };
  });
}

/** Version 1 of Standard Webhooks: HMAC-SHA256 of `id.timestamp.body`, in base64. */
function signature(secret: string, content: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

function iso(wall: number): string {
  return new Date(wall).toISOString();
}
