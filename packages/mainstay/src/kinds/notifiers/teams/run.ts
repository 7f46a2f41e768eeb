import type { AlertMessage } from '../../../core/alert/index.ts';
import type { SendContext, SendOutcome } from '../../../ports/index.ts';
import { footer, headline, linesOf, post, worst } from '../../kit/notifier/index.ts';
import type { TeamsTarget } from './target.ts';

export { SECRETS } from './target.ts';

/** Alerts that are told in full: a card holds at most 28 KB. */
const ALERTS = 8;

export function render(_target: Record<string, unknown>, message: AlertMessage): readonly string[] {
  const colour =
    message.stage === 'closed'
      ? 'Good'
      : { critical: 'Attention', warning: 'Warning', info: 'Accent' }[worst(message.alerts)];
  const told = message.alerts.slice(0, ALERTS).flatMap((alert) => [
    ...(message.alerts.length === 1
      ? []
      : [{ type: 'TextBlock', text: plain(`${alert.subject} (#${alert.id})`), weight: 'Bolder' }]),
    {
      type: 'FactSet',
      facts: linesOf(alert, message).map(({ label, value }) => ({ title: label, value: plain(value) })),
    },
  ]);
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      { type: 'TextBlock', text: plain(headline(message)), size: 'Large', weight: 'Bolder', color: colour, wrap: true },
      ...told,
      { type: 'TextBlock', text: footer(message).map(plain).join('\n\n'), isSubtle: true, size: 'Small', wrap: true },
    ],
    ...(message.link !== null && { actions: [{ type: 'Action.OpenUrl', title: 'Open', url: message.link }] }),
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
  return [JSON.stringify({ type: 'message', attachments: [attachment] })];
}

/** Text that Markdown, which cards read, leaves as it is. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_[\]]/g, '\\$&');
}

export function send(
  target: Record<string, unknown>,
  message: AlertMessage,
  context: SendContext,
): Promise<SendOutcome> {
  const { url } = target as unknown as TeamsTarget;
  return post({ url, body: render(target, message)[0] ?? '' }, context);
}
