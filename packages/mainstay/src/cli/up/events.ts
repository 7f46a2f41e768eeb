import { splitInstanceId } from '@mainstay/protocol';
import type { EventType, InstanceId, JournalEvent, Phase } from '@mainstay/protocol';
import type { Context } from '../framework/index.ts';
import { stepLine } from '../run/progress.ts';
import type { Label } from '../run/progress.ts';
import { clockTime, oneLine } from '../text/index.ts';
import type { Colour } from '../text/index.ts';
import type { Session } from './session.ts';

/** Events that a person at the view wants to see, besides changes of state; the rest is in events.log. */
const SHOWN: Partial<Record<EventType, Colour>> = {
  'daemon.degraded': 'yellow',
  'daemon.recovered': 'green',
  'plan.applied': 'cyan',
  'instance.spawn-failed': 'red',
  'instance.adopted': 'cyan',
  'instance.health': 'yellow',
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

/**
 * Makes the function that makes lines of events, of one view: `14:03:09  backend/1  ready  it says so`;
 * null for an event that people are not shown.
 */
export function eventLines(label: Label, context: Pick<Context, 'style'>): (event: JournalEvent) => string | null {
  const { style } = context;
  const last = new Map<InstanceId, { state: Phase; reason: string | null }>();

  function phaseLine({ at, data }: JournalEvent, id: InstanceId): string | null {
    const state = data['to'] as Phase;
    const reason = typeof data['reason'] === 'string' ? data['reason'] : null;
    const said = reason === null || reason === 'starting' || reason === last.get(id)?.reason;
    last.set(id, { state, reason });
    // On the way to where the next line says it is.
    if (state === 'starting' || (state === 'waiting' && said)) return null;
    const { service, index } = splitInstanceId(id);
    return stepLine({ type: 'step', name: service, instance: index, state, message: reason ?? '' }, label, context, at);
  }

  return (event) => {
    const { type, instance, data } = event;
    if (type === 'instance.phase' && instance !== null) return phaseLine(event, instance);
    if (type === 'instance.health' && goesWithoutSaying(data['health'], instance && last.get(instance)?.state)) {
      return null;
    }
    const colour = SHOWN[type];
    return colour === undefined
      ? null
      : `${style('grey', clockTime(event.at))}  ${style(colour, oneLine(event.message))}\n`;
  };
}

/** Healthy on the way to ready, or unknown because it does not run: the lines about its state say so. */
function goesWithoutSaying(health: unknown, state: Phase | null | undefined): boolean {
  if (health === 'healthy') return state === 'running' || state === 'starting';
  return health === 'unknown' && state !== 'ready' && state !== 'running';
}
