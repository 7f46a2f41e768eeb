import type { InstanceId } from './ids.ts';

/** Types of journal events. The journal is append-only; a type is never renamed. */
export const EVENT_TYPES = [
  'daemon.started',
  'daemon.stopping',
  'daemon.degraded',
  'daemon.recovered',
  'plan.applied',
  'intent.start',
  'intent.stop',
  'intent.restart',
  'reload.started',
  'reload.replacing',
  'reload.replaced',
  'reload.failed',
  'reload.ended',
  'instance.phase',
  'instance.spawned',
  'instance.spawn-failed',
  'instance.exited',
  'instance.adopted',
  'instance.unseen',
  'instance.seen',
  'instance.ready',
  'instance.health',
  'instance.gave-up',
  'instance.unkillable',
  'instance.watchdog-missed',
  'instance.out-of-memory',
  'check.observed',
  'check.state',
  'incident.closed',
  'incident.opened',
  'incident.updated',
  'check.flapping',
  'objective.burning',
  'objective.steady',
  'remedy.action',
  'remedy.result',
  'remedy.helped',
  'remedy.doubt',
  'remedy.held',
  'remedy.exhausted',
  'remedy.dry-run',
  'alert.opened',
  'alert.closed',
  'alert.acknowledged',
  'alert.delivered',
  'alert.undeliverable',
  'maintenance.started',
  'maintenance.ended',
  'log.dropped',
  'clock.stepped',
  'machine.impossible',
  'machine.rejected',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** One line of the journal, of `events.log` and of the event stream. */
export interface JournalEvent {
  /** Position in the journal; 0 until it is stored. */
  seq: number;
  /** UTC, milliseconds since the epoch. */
  at: number;
  type: EventType;
  instance: InstanceId | null;
  incarnation: number | null;
  /** One readable line. */
  message: string;
  /** Facts for programs; no secrets. */
  data: Readonly<Record<string, unknown>>;
}
