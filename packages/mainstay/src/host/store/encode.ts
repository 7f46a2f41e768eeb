/** A batch of the port as rows of text and numbers, and the way back. */
import type { Identity, InstanceId, JournalEvent, Standing, StandingInterval, Subject } from '@mainstay/protocol';
import { MainstayError } from '@mainstay/protocol';
import type { InstanceRow, MaintenanceRow, StoreBatch } from '../../ports/index.ts';
import type { Changes, EncodedEvent, EncodedInstance, EncodedMaintenance } from './messages.ts';

/**
 * Encodes a batch at once, so that later changes of the caller's objects cannot reach the file.
 * What is both put and removed in one batch is removed.
 * @throws MainstayError `internal` when a value cannot be stored
 */
export function encodeBatch(batch: StoreBatch): Changes {
  try {
    const instances = new Map<string, EncodedInstance | null>();
    for (const row of batch.instances) instances.set(row.instance, encodeInstance(row));
    for (const id of batch.removedInstances) instances.set(id, null);
    const maintenance = new Map<string, EncodedMaintenance | null>();
    for (const row of batch.maintenance.put) maintenance.set(row.id, encodeMaintenance(row));
    for (const id of batch.maintenance.remove) maintenance.set(id, null);
    return {
      events: batch.events.map(encodeEvent),
      instances,
      intents: new Map(Object.entries(batch.intents)),
      maintenance,
      plan: batch.plan === null ? null : json(batch.plan),
      moves: batch.moves.map((move) => ({ ...move })),
      // Packs are never changed once they are made.
      samples: batch.samples,
      facts: new Map(Object.entries(batch.facts)),
      durable: batch.durable,
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MainstayError('internal', `cannot store a change: ${why}`, null, { cause });
  }
}

function encodeEvent(event: JournalEvent): EncodedEvent {
  return {
    seq: event.seq > 0 ? whole(event.seq, 'seq') : null,
    at: whole(event.at, 'at'),
    type: event.type,
    instance: event.instance,
    incarnation: event.incarnation === null ? null : whole(event.incarnation, 'incarnation'),
    message: event.message,
    data: json(event.data),
  };
}

function encodeInstance(row: InstanceRow): EncodedInstance {
  return {
    incarnation: whole(row.incarnation, 'incarnation'),
    identity: row.identity === null ? null : json(row.identity),
    state: json(row.state),
  };
}

function encodeMaintenance(row: MaintenanceRow): EncodedMaintenance {
  return {
    services: json(row.services),
    reason: row.reason,
    owner: row.owner,
    from: whole(row.from, 'from'),
    until: whole(row.until, 'until'),
  };
}

function json(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

/** SQLite's integer columns take no fractions; clocks sometimes have them. */
function whole(value: number, name: string): number {
  const rounded = Math.round(value);
  if (!Number.isSafeInteger(rounded)) throw new RangeError(`${name} is ${value}`);
  return rounded;
}

export function decodeInterval(row: Record<string, unknown>): StandingInterval {
  return {
    subject: row['subject'] as Subject,
    state: row['state'] as Standing,
    from: row['from_at'] as number,
    to: row['to_at'] as number | null,
    known_at: row['known_at'] as number,
    cause: row['cause'] as string,
    by_operator: row['by_operator'] === 1,
  };
}

export function decodeEvent(row: Record<string, unknown>): JournalEvent {
  return {
    seq: row['seq'] as number,
    at: row['at'] as number,
    type: row['type'] as JournalEvent['type'],
    instance: row['instance'] as InstanceId | null,
    incarnation: row['incarnation'] as number | null,
    message: row['message'] as string,
    data: JSON.parse(row['data'] as string) as Record<string, unknown>,
  };
}

export function decodeInstance(row: Record<string, unknown>): InstanceRow {
  return {
    instance: row['id'] as InstanceId,
    incarnation: row['incarnation'] as number,
    identity: row['identity'] === null ? null : (JSON.parse(row['identity'] as string) as Identity),
    state: JSON.parse(row['state'] as string) as unknown,
  };
}

export function decodeMaintenance(row: Record<string, unknown>): MaintenanceRow {
  return {
    id: row['id'] as string,
    services: JSON.parse(row['services'] as string) as string[],
    reason: row['reason'] as string,
    owner: row['owner'] as string,
    from: row['from_at'] as number,
    until: row['until_at'] as number,
  };
}
