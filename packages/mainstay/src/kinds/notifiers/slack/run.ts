import type { AlertMessage } from '../../../core/alert/index.ts';
import type { SendContext, SendOutcome } from '../../../ports/index.ts';
import { atMost, colour, footer, headline, linesOf, plainText, post } from '../../kit/notifier/index.ts';
import type { SlackTarget } from './target.ts';

export { SECRETS } from './target.ts';

/** Limits of Block Kit: characters of a header and of a section's text, blocks of a message. */
const HEADER = 150;
const SECTION = 3000;
/** Alerts that are told in full; a message holds at most 50 blocks. */
const ALERTS = 40;

export function render(_target: Record<string, unknown>, message: AlertMessage): readonly string[] {
  const sections = message.alerts.slice(0, ALERTS).map((alert) => {
    const lines = linesOf(alert, message).map(({ label, value }) => `*${label}:* ${escape(value)}`);
    const title = message.alerts.length === 1 ? [] : [`*${escape(alert.subject)} (#${alert.id})*`];
    return { type: 'section', text: { type: 'mrkdwn', text: atMost([...title, ...lines].join('\n'), SECTION) } };
  });
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: atMost(headline(message), HEADER), emoji: false } },
    ...sections,
    {
      type: 'context',
      elements: [{ type: 'mrkdwn', text: atMost(footer(message).map(escape).join('\n'), SECTION) }],
    },
  ];
  const fallback = atMost(plainText(message), SECTION);
  const bar = `#${colour(message).toString(16).padStart(6, '0')}`;
  return [JSON.stringify({ text: escape(headline(message)), attachments: [{ color: bar, fallback, blocks }] })];
}

export function send(
  target: Record<string, unknown>,
  message: AlertMessage,
  context: SendContext,
): Promise<SendOutcome> {
  const { url } = target as unknown as SlackTarget;
  return post({ url, body: render(target, message)[0] ?? '' }, context);
}

/** The three characters that Slack's markup reads; without them nobody can be called by a message (`<!channel>`). */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
