import type { AlertMessage } from '../../../core/alert/index.ts';
import type { SendContext, SendOutcome } from '../../../ports/index.ts';
import { atMost, colour, footer, headline, jsonOf, linesOf, post, said } from '../../kit/notifier/index.ts';
import type { DiscordTarget } from './target.ts';

export { SECRETS } from './target.ts';

/** Limits of an embed: characters of a title, a description, a field's value and a footer; embeds of a message. */
const TITLE = 256;
const VALUE = 1024;
const FOOTER = 2048;
const EMBEDS = 10;
/** Characters of all embeds together: 6000. */
const ALL = 5000;

export function render(_target: Record<string, unknown>, message: AlertMessage): readonly string[] {
  const told = message.alerts.slice(0, EMBEDS);
  // Room for every embed, so that all of them together keep within the limit.
  const room = Math.floor(ALL / told.length);
  const embeds = told.map((alert, index) => ({
    title: atMost(index === 0 ? headline(message) : `${alert.subject} (#${alert.id})`, TITLE),
    color: colour(message),
    timestamp: new Date(message.at).toISOString(),
    fields: fitting(
      linesOf(alert, message).map(({ label, value }) => ({ name: label, value: atMost(value, VALUE) })),
      room - TITLE - FOOTER / told.length,
    ),
    ...(index === told.length - 1 && {
      footer: { text: atMost(footer(message).join('\n'), Math.floor(FOOTER / told.length)) },
    }),
  }));
  return [JSON.stringify({ embeds, allowed_mentions: { parse: [] } })];
}

/** The fields up to a number of characters. */
function fitting(fields: { name: string; value: string }[], room: number): { name: string; value: string }[] {
  let left = room;
  return fields.filter(({ name, value }) => (left -= name.length + value.length) >= 0);
}

export function send(
  target: Record<string, unknown>,
  message: AlertMessage,
  context: SendContext,
): Promise<SendOutcome> {
  const { url } = target as unknown as DiscordTarget;
  return post({ url, body: render(target, message)[0] ?? '' }, context, (answer) => {
    const wait = answer.status === 429 ? jsonOf(answer)?.['retry_after'] : undefined;
    if (typeof wait !== 'number') return null;
    return { result: 'retry', reason: said(answer, new URL(url).host), afterMs: Math.ceil(wait * 1000) };
  });
}
