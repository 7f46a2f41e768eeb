import type { EventType, JournalEvent } from '@mainstay/protocol';
import type { Context } from '../framework/index.ts';
import { clockTime, oneLine } from '../text/index.ts';
import type { Colour } from '../text/index.ts';
import type { Session } from './session.ts';

/** Events that a person at the view wants to see; the rest is in events.log. */
const SHOWN: Partial<Record<EventType, Colour>> = {
  'daemon.degraded': 'yellow',
  'daemon.recovered': 'green',
  'plan.applied': 'cyan',
  'instance.phase': 'cyan',
  'instance.spawn-failed': 'red',
  'instance.adopted': 'cyan',
  'instance.health': 'cyan',
  'instance.gave-up': 'red',
  'instance.unkillable': 'red',
  'instance.watchdog-missed': 'yellow',
  'maintenance.started': 'cyan',
  'maintenance.ended': 'cyan',
  'log.dropped': 'yellow',
};

/**
 * Shows what happens from `since` (UTC ms) on, over the start of a new daemon too. Returns when the
 * daemon has ended for good.
 */
export async function showEvents(
  session: Session,
  since: number,
  signal: AbortSignal,
  context: Context,
): Promise<void> {
  const { client } = session;
  let after: number | null = null;
  const show = (event: JournalEvent): void => {
    after = event.seq;
    const line = eventLine(event, context);
    if (line !== null) context.io.out(line);
  };
  for (;;) {
    try {
      if (after === null) {
        const missed = await client.json<JournalEvent[]>('GET', `/api/v1/events?since=${since}&limit=1000`, { signal });
        for (const event of missed) show(event);
      }
      for await (const event of client.events(after, signal)) show(event);
    } catch (error) {
      if (signal.aborted) return;
      if ((error as { code?: unknown }).code !== 'no-daemon') throw error;
    }
    if (signal.aborted || !(await client.isComingBack())) return;
    context.io.out(
      `${context.style('yellow', 'the daemon is gone; services run on while its guardian brings it back')}\n`,
    );
  }
}

/** `14:03:09 backend/1: starting → ready`; null for an event that people are not shown. */
export function eventLine(event: JournalEvent, { style }: Pick<Context, 'style'>): string | null {
  const colour = SHOWN[event.type];
  if (colour === undefined) return null;
  return `${style('grey', clockTime(event.at))} ${style(colour, oneLine(event.message))}\n`;
}
