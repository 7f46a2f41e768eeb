/** A notifier that runs a program. */
import { z } from 'zod';
import { command } from '../../kit/fields.ts';
import { defineNotifier } from '../../kit/notifier/define.ts';
import { SECRETS } from './target.ts';
import type { ExecTarget } from './target.ts';

const schema = z.strictObject({
  command: command(
    'The program and its arguments. Never given to a shell. Arguments can be seen by everybody on the machine: let the program read its secrets from a file.',
  ),
}) satisfies z.ZodType<ExecTarget>;

export const exec = defineNotifier({
  kind: 'exec',
  title: 'run a program',
  description:
    'Runs a program in the directory of mainstay.yaml, as the user that mainstay runs as, with `PATH`, `HOME`, `USER`, `LOGNAME`, `LANG` and `TZ`. It gets the message as JSON on its standard input, the text for people in `MAINSTAY_ALERT_TEXT`, its first line in ' +
    '`MAINSTAY_ALERT_TITLE`, and `MAINSTAY_ALERT_STAGE` (`opened`, `reminder`, `escalated`, `closed`), `MAINSTAY_ALERT_SEVERITY`, `MAINSTAY_ALERT_SUBJECT` and `MAINSTAY_ALERT_KEY`. Exit code 0 means ' +
    'delivered. 64, 65, 67, 77, 78 (of sysexits), 126, 127 and a program that is missing give up; anything else is tried again. What still runs at the deadline is killed with its process group.',
  schema,
  main: 'command',
  secrets: SECRETS,
  examples: ['exec: [./notify.sh, --team, ops]'],
  run: () => import('./run.ts'),
});
