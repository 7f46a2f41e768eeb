/** How each kind of notifier sends. Loads nothing but the kind that is asked for, and no schema. */
import type { AlertMessage } from '../core/alert/index.ts';
import type { NotifierRunner } from '../kinds/kit/notifier/define.ts';
import { redact } from '../kinds/kit/redact.ts';
import type { Messenger, SendContext, SendOutcome } from '../ports/index.ts';

export const SENDERS: Readonly<Record<string, () => Promise<NotifierRunner>>> = {
  discord: () => import('../kinds/notifiers/discord/run.ts'),
  email: () => import('../kinds/notifiers/email/run.ts'),
  exec: () => import('../kinds/notifiers/exec/run.ts'),
  ntfy: () => import('../kinds/notifiers/ntfy/run.ts'),
  pagerduty: () => import('../kinds/notifiers/pagerduty/run.ts'),
  slack: () => import('../kinds/notifiers/slack/run.ts'),
  teams: () => import('../kinds/notifiers/teams/run.ts'),
  telegram: () => import('../kinds/notifiers/telegram/run.ts'),
  webhook: () => import('../kinds/notifiers/webhook/run.ts'),
};

/** Shorter secrets would blank out ordinary words. */
const SHORTEST = 4;
/** So would the ordinary words in the path of an address, such as `hooks`. */
const SHORTEST_SEGMENT = 12;

/** Delivers messages. What goes wrong, in the kind or around it, is an outcome, without secrets of the target or the environment. */
export function createMessenger(senders: Readonly<Record<string, () => Promise<NotifierRunner>>> = SENDERS): Messenger {
  const load = (kind: string): Promise<NotifierRunner> => {
    const found = Object.hasOwn(senders, kind) ? senders[kind] : undefined;
    if (found === undefined) throw new Error(`"${kind}" is not a kind of notifier that this version knows`);
    return found();
  };
  return {
    async render(kind: string, target: Record<string, unknown>, message: AlertMessage): Promise<readonly string[]> {
      const sender = await load(kind);
      const secrets = secretsOf(target, sender.SECRETS);
      return sender.render(target, message).map((text) => without(text, secrets));
    },
    async send(
      kind: string,
      target: Record<string, unknown>,
      message: AlertMessage,
      context: SendContext,
    ): Promise<SendOutcome> {
      let secrets: string[] = [];
      const clean = (text: string): string =>
        redact(without(text, secrets), { ...context.environment, ...context.variables });
      try {
        const sender = await load(kind);
        secrets = secretsOf(target, sender.SECRETS);
        const outcome = await sender.send(target, message, context);
        if (outcome.result !== 'delivered') return { ...outcome, reason: clean(outcome.reason) };
        return { ...outcome, remark: outcome.remark === null ? null : clean(outcome.remark) };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return { result: 'permanent', reason: clean(`the message could not be sent: ${why}`) };
      }
    },
  };
}

/** Every text that must not be seen: values of secret keys, and the parts of an address that hold secrets. Longest first. */
function secretsOf(target: Record<string, unknown>, keys: readonly string[]): string[] {
  const values = keys.flatMap((key) => texts(target[key]));
  const parts = values.flatMap((value) => {
    const url = URL.parse(value);
    if (url === null) return [value];
    const { pathname, search, username, password } = url;
    const segments = pathname.split('/').filter((segment) => segment.length >= SHORTEST_SEGMENT);
    // Who alone stands before the @ is a token.
    const owner = password === '' ? both(username) : [];
    return [value, pathname + search, ...segments, search.slice(1), ...owner, ...both(password)];
  });
  return [...new Set(parts)].filter((text) => text.length >= SHORTEST).sort((a, b) => b.length - a.length);
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

/** As it stands in the address, and as it is meant. */
function both(part: string): string[] {
  try {
    return [part, decodeURIComponent(part)];
  } catch {
    return [part];
  }
}

function without(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, '***');
  return clean;
}
