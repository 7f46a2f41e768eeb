import { splitInstanceId } from '@mainstay/protocol';
import type { EventType, InstanceId, JournalEvent, Phase } from '@mainstay/protocol';
import type { Context } from '../framework/index.ts';
import { clockTime, oneLine } from '../text/index.ts';
import type { Colour } from '../text/index.ts';
import { stepLine } from './progress.ts';
import type { Label } from './progress.ts';

type Shown = Readonly<Partial<Record<EventType, Colour>>>;

/** Events that a person at the view wants to see, besides changes of state; the rest is in events.log. */
const SHOWN: Shown = {
  'daemon.degraded': 'yellow',
  'daemon.recovered': 'green',
  'plan.applied': 'cyan',
  'instance.adopted': 'cyan',
  'instance.health': 'yellow',
  'instance.gave-up': 'red',
  'instance.unkillable': 'red',
  'instance.watchdog-missed': 'yellow',
  'instance.out-of-memory': 'yellow',
  'check.state': 'yellow',
  'incident.opened': 'red',
  'incident.updated': 'yellow',
  'incident.closed': 'green',
  'check.flapping': 'yellow',
  'objective.burning': 'yellow',
  'objective.steady': 'green',
  'remedy.action': 'yellow',
  'remedy.result': 'cyan',
  'remedy.helped': 'green',
  'remedy.doubt': 'yellow',
  'remedy.held': 'yellow',
  'remedy.exhausted': 'red',
  'remedy.dry-run': 'yellow',
  'alert.opened': 'red',
  'alert.closed': 'green',
  'alert.undeliverable': 'yellow',
  'maintenance.started': 'cyan',
  'maintenance.ended': 'cyan',
  'log.dropped': 'yellow',
};

/** The same, and what operators asked for. */
export const SHOWN_WITH_INTENT: Shown = {
  ...SHOWN,
  'intent.start': 'cyan',
  'intent.stop': 'cyan',
  'intent.restart': 'cyan',
};

/**
 * Makes the function that makes lines of events, of one view: `14:03:09  backend/1  ready  it says so`;
 * null for an event that people are not shown.
 */
export function eventLines(
  label: Label,
  context: Pick<Context, 'style'>,
  shown: Shown = SHOWN,
): (event: JournalEvent) => string | null {
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
    const colour = shown[type];
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
