import type { AlertMessage } from '../../../core/alert/index.ts';
import type { SendContext, SendOutcome } from '../../../ports/index.ts';
import { escapeHtml, footer, headline, jsonOf, linesOf, post } from '../../kit/notifier/index.ts';
import type { Posted } from '../../kit/notifier/index.ts';
import type { TelegramTarget } from './target.ts';

export { SECRETS } from './target.ts';

/** Characters of a message, after its markup is read. */
const LIMIT = 4096;

export function render(target: Record<string, unknown>, message: AlertMessage): readonly string[] {
  const { chat } = target as unknown as TelegramTarget;
  const head = [`<b>${escapeHtml(headline(message))}</b>`];
  const foot = ['', ...footer(message).map(escapeHtml)];
  const body: string[] = [];
  let left = LIMIT - [...head, ...foot].join('\n').length - 10;
  for (const alert of message.alerts) {
    const title = message.alerts.length === 1 ? [] : [`<b>${escapeHtml(alert.subject)} (#${alert.id})</b>`];
    const lines = linesOf(alert, message).map(({ label, value }) => `<b>${label}:</b> ${escapeHtml(value)}`);
    // Whole lines only: a message that is cut inside a mark is refused.
    for (const line of ['', ...title, ...lines]) {
      left -= line.length + 1;
      if (left >= 0) body.push(line);
    }
  }
  const text = [...head, ...body, ...foot].join('\n');
  return [JSON.stringify({ chat_id: chat, text, parse_mode: 'HTML', link_preview_options: { is_disabled: true } })];
}

export function send(
  target: Record<string, unknown>,
  message: AlertMessage,
  context: SendContext,
): Promise<SendOutcome> {
  const { api, token } = target as unknown as TelegramTarget;
  const url = `${api.replace(/\/+$/, '')}/bot${token}/sendMessage`;
  return post({ url, body: render(target, message)[0] ?? '' }, context, judge);
}

/** Telegram says in the body why it refused, and how long to wait. */
function judge(answer: Posted): SendOutcome | null {
  const json = jsonOf(answer);
  if (json === null || json['ok'] === true) return null;
  const said = String(json['description'] ?? `answered ${answer.status}`);
  const parameters = (json['parameters'] ?? {}) as { retry_after?: unknown; migrate_to_chat_id?: unknown };
  if (typeof parameters.retry_after === 'number') {
    return { result: 'retry', reason: `Telegram: ${said}`, afterMs: parameters.retry_after * 1000 };
  }
  if (parameters.migrate_to_chat_id !== undefined) {
    const reason = `Telegram: the chat has a new number, ${String(parameters.migrate_to_chat_id)}`;
    return { result: 'permanent', reason };
  }
  if (answer.status >= 500 || answer.status === 429)
    return { result: 'retry', reason: `Telegram: ${said}`, afterMs: null };
  // 404 is what an unknown token gets.
  const hint = answer.status === 401 || answer.status === 404 ? ' (the token is not known)' : '';
  return { result: 'permanent', reason: `Telegram: ${said}${hint}` };
}
