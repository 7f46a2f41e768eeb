/** A notifier that sends mail by SMTP. */
import { z } from 'zod';
import { authorities } from '../../kit/fields.ts';
import { filled, oneOrMore } from '../../kit/notifier/fields.ts';
import { defineNotifier } from '../../kit/notifier/define.ts';
import { SECRETS } from './target.ts';
import type { EmailTarget } from './target.ts';

const NO_BREAK = /^[^\r\n]*$/;

const schema = z.strictObject({
  to: oneOrMore()
    .refine((all) => all.every((one) => NO_BREAK.test(one)), 'must be one line each')
    .meta({ description: 'Recipients: an address, `Ops <ops@example.org>`, or a list of these.' }),
  smtp: z
    .string()
    .refine(
      (text) => text.includes('${') || /^smtps?:$/.test(URL.parse(text)?.protocol ?? ''),
      'must be an smtp:// or smtps:// URL, for example smtp://user:password@mail.example.org:587',
    )
    .meta({
      description:
        'The mail server: `smtp://USER:PASSWORD@HOST:587` (STARTTLS) or `smtps://…` (TLS from the first byte, port 465). Characters that mean something in a URL are written as `%40`.',
    }),
  from: filled().regex(NO_BREAK, 'must be one line').optional().meta({
    description:
      'The sender. Default: the user of `smtp` if that is an address, else `mainstay@` and the name of the host.',
  }),
  reply_to: filled().regex(NO_BREAK, 'must be one line').optional().meta({ description: 'Where answers go.' }),
  tls: z.enum(['required', 'if-offered', 'none']).optional().meta({
    description:
      'Whether STARTTLS is needed with `smtp://`. Default: `required`, and `if-offered` to a server on this machine. Without TLS a password is sent to a server on this machine only.',
  }),
  ca: authorities(),
}) satisfies z.ZodType<EmailTarget>;

export const email = defineNotifier({
  kind: 'email',
  title: 'send mail',
  description:
    'Plain text and HTML, through an SMTP server. All mail of one alert is one conversation. Repeated deliveries carry the same `Message-ID`, which most ' +
    'mailboxes show once. What the server refuses with 4xx, and a server that is gone, is tried again; 5xx (no such recipient, wrong password) is given up. When only some ' +
    'recipients are refused, the mail counts as delivered and the result names them.',
  schema,
  main: null,
  secrets: SECRETS,
  examples: [
    'email: { to: ops@example.org, smtp: "${SMTP_URL}" }',
    'email: { to: [ops@example.org, "On call <oncall@example.org>"], from: mainstay@example.org, smtp: "smtp://127.0.0.1:25" }',
  ],
  run: () => import('./run.ts'),
});
