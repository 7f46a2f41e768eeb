/** Every kind of notifier, with its schema: for configuration, completion and reference. Loads zod. */
import { discord } from '../kinds/notifiers/discord/index.ts';
import { email } from '../kinds/notifiers/email/index.ts';
import { exec } from '../kinds/notifiers/exec/index.ts';
import { ntfy } from '../kinds/notifiers/ntfy/index.ts';
import { pagerduty } from '../kinds/notifiers/pagerduty/index.ts';
import { slack } from '../kinds/notifiers/slack/index.ts';
import { teams } from '../kinds/notifiers/teams/index.ts';
import { telegram } from '../kinds/notifiers/telegram/index.ts';
import { webhook } from '../kinds/notifiers/webhook/index.ts';
import type { NotifierDefinition } from '../kinds/kit/notifier/index.ts';

export const NOTIFIERS: Readonly<Record<string, NotifierDefinition>> = {
  discord,
  email,
  exec,
  ntfy,
  pagerduty,
  slack,
  teams,
  telegram,
  webhook,
};
