import type { AlertFacts, AlertMessage } from '../../../core/alert/index.ts';
import type { SendContext, SendOutcome } from '../../../ports/index.ts';
import { atMost, headline, linesOf, post } from '../../kit/notifier/index.ts';
import type { PagerdutyTarget } from './target.ts';

export { SECRETS } from './target.ts';

/** Limits of the Events API v2: characters of a summary and of a dedup_key. */
const SUMMARY = 1024;
const DEDUP_KEY = 255;

export function render(_target: Record<string, unknown>, message: AlertMessage): readonly string[] {
  return message.alerts.map((alert) => JSON.stringify(event(alert, message)));
}

function event(alert: AlertFacts, message: AlertMessage): Record<string, unknown> {
  const { project, host, stage, at, isTest, link } = message;
  const scope = `mainstay/${project}@${host}`;
  const dedup = { dedup_key: atMost(`${scope}/${alert.id}`, DEDUP_KEY) };
  if (stage === 'closed') return { event_action: 'resolve', ...dedup };
  const lines = linesOf(alert, message).map(({ label, value }) => [label, value] as const);
  const runbook =
    alert.runbook !== null && /^https?:/.test(alert.runbook) ? [{ href: alert.runbook, text: 'Runbook' }] : [];
  const links = [...runbook, ...(link === null ? [] : [{ href: link, text: 'mainstay' }])];
  return {
    event_action: 'trigger',
    ...dedup,
    client: 'mainstay',
    ...(link !== null && { client_url: link }),
    payload: {
      summary: atMost(`${headline({ ...message, alerts: [alert] })}: ${alert.cause}`, SUMMARY),
      source: host,
      severity: alert.severity,
      timestamp: new Date(at).toISOString(),
      component: alert.subject,
      group: project,
      class: isTest ? 'test' : 'alert',
      custom_details: Object.fromEntries(lines),
    },
    ...(links.length > 0 && { links }),
  };
}

export async function send(
  target: Record<string, unknown>,
  message: AlertMessage,
  context: SendContext,
): Promise<SendOutcome> {
  const { routing_key, url } = target as unknown as PagerdutyTarget;
  for (const text of render(target, message)) {
    const body = JSON.stringify({ routing_key, ...(JSON.parse(text) as object) });
    const outcome = await post({ url, body }, context);
    // Those that went out already are sent again with the next attempt: the same dedup_key makes nothing new of them.
    if (outcome.result !== 'delivered') return outcome;
  }
  return { result: 'delivered', remark: null };
}
