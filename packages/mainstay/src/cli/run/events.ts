import { EXIT } from '@mainstay/protocol';
import type { JournalEvent } from '@mainstay/protocol';
import { Client } from '../client/index.ts';
import { usage } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';
import { oneLine, padEnd, toTheSecond } from '../text/index.ts';

export async function run(context: Context): Promise<number> {
  const { values, flags, io } = context;
  const lines = Number(values.get('lines') ?? '50');
  if (!Number.isInteger(lines) || lines < 0) {
    throw usage(`cannot use --lines ${values.get('lines') ?? ''}: it is not a whole number`, '--lines 50');
  }
  const client = new Client(locateProject(context));
  const events = await client.json<JournalEvent[]>('GET', `/api/v1/events?limit=${lines}`);
  for (const event of events) io.out(eventText(event, context));
  if (!flags.has('follow')) return EXIT.done;
  for await (const event of client.events(events.at(-1)?.seq ?? null)) io.out(eventText(event, context));
  return EXIT.done;
}

/** `2026-03-01 14:03:09  instance.exited     backend/1: exit code 1`; with `--json` the event as one line. */
function eventText(event: JournalEvent, { json, style }: Context): string {
  if (json) return `${JSON.stringify(event)}\n`;
  const when = style('grey', toTheSecond(event.at));
  const what = style('cyan', padEnd(event.type, 20));
  return `${when}  ${what}  ${oneLine(event.message)}\n`;
}
