import { splitInstanceId } from '@mainstay/protocol';
import type { EventType, JournalEvent } from '@mainstay/protocol';
import type { Context } from '../framework/index.ts';
import type { Label } from '../run/progress.ts';
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

/** Shows state changes as they happen, over a new daemon's start too. Returns when the daemon has ended for good. */
export async function showEvents(session: Session, signal: AbortSignal, context: Context): Promise<void> {
  const since = Date.now();
  let after: number | null = null;
  for (;;) {
    try {
      for await (const event of session.client.events({ after, since }, signal)) {
        after = event.seq;
        const line = eventLine(event, session.label, context);
        if (line !== null) context.io.out(line);
      }
    } catch (error) {
      if (signal.aborted) return;
      if ((error as { code?: unknown }).code !== 'no-daemon') throw error;
      if (!(await session.client.isComingBack())) return;
    }
  }
}

/** `14:03:09 backend/1: ready`; null for an event that people are not shown. */
export function eventLine(event: JournalEvent, label: Label, { style }: Pick<Context, 'style'>): string | null {
  const colour = SHOWN[event.type];
  if (colour === undefined) return null;
  let who = '';
  if (event.instance !== null) {
    const { service, index } = splitInstanceId(event.instance);
    who = `${style('bold', label(service, index))}: `;
  }
  return `${style('grey', clockTime(event.at))} ${who}${style(colour, oneLine(event.message))}\n`;
}
