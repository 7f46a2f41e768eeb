import type { AlertMessage } from '../../../core/alert/index.ts';
import type { SendContext, SendOutcome } from '../../../ports/index.ts';
import { headline, plainText, post, worst } from '../../kit/notifier/index.ts';
import type { NtfyTarget } from './target.ts';

export { SECRETS } from './target.ts';

/** Bytes of a message; longer ones become an attachment. */
const LIMIT = 4096;

export function render(_target: Record<string, unknown>, message: AlertMessage): readonly string[] {
  const severity = worst(message.alerts);
  const isClosed = message.stage === 'closed';
  const priority = isClosed ? 3 : { critical: 5, warning: 4, info: 3 }[severity];
  const tag = isClosed
    ? 'white_check_mark'
    : { critical: 'rotating_light', warning: 'warning', info: 'information_source' }[severity];
  // The title says what the first line of the text would say.
  const text = plainText(message).split('\n\n').slice(1).join('\n\n');
  const click = message.link === null ? {} : { click: message.link };
  return [
    JSON.stringify({ title: headline(message), message: bytesAtMost(text, LIMIT), priority, tags: [tag], ...click }),
  ];
}

export function send(
  target: Record<string, unknown>,
  message: AlertMessage,
  context: SendContext,
): Promise<SendOutcome> {
  const { url, token } = target as unknown as NtfyTarget;
  const parsed = URL.parse(url);
  if (parsed === null)
    return Promise.resolve({ result: 'permanent', reason: 'its address is not an http:// or https:// URL' });
  // JSON goes to the root of the server and names the topic.
  const topic = parsed.pathname.split('/').at(-1) ?? '';
  parsed.pathname = parsed.pathname.slice(0, parsed.pathname.length - topic.length);
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const body = JSON.stringify({ topic, ...(JSON.parse(render(target, message)[0] ?? '{}') as object) });
  return post({ url: parsed.href, headers, body }, context);
}

function bytesAtMost(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  // A character that is cut in two is thrown away.
  const cut = new TextDecoder('utf-8').decode(Buffer.from(text).subarray(0, limit - 6));
  return `${cut.replace(/\uFFFD$/, '')}…`;
}
