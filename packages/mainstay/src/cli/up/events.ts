import type { JournalEvent } from '@mainstay/protocol';
import type { Context } from '../framework/index.ts';
import { eventLines } from '../run/event-lines.ts';
import type { Session } from './session.ts';

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
  const { client, label, running } = session;
  const lineOf = eventLines(label, context);
  let after: number | null = null;
  const show = (event: JournalEvent): void => {
    after = event.seq;
    const line = event.type === 'plan.applied' && !running ? null : lineOf(event);
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
