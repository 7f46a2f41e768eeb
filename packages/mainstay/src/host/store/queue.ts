/**
 * What waits to be written. Batches join into groups, each of which becomes one transaction, so that a disk that does not
 * answer costs bounded memory: rows are kept once per group, events up to a capacity. Beyond it the oldest events that
 * no operator waits for are dropped, their writers told, and the journal says how many are missing where they are missing.
 */
import { MainstayError } from '@mainstay/protocol';
import { compactMoves, type Move } from '../../core/uptime/index.ts';
import type { Changes, EncodedEvent } from './messages.ts';

/** Changes of intervals that may wait in one group. */
const MOVES = 5_000;
/** Packs of results that may wait, each of a minute: an hour of them and more. The oldest are dropped. */
const SAMPLES = 100;

export interface QueueLimits {
  /** Events that may wait. */
  capacity: number;
  /** Text of events that may wait, in characters. */
  capacityBytes: number;
  /** Events after which a new group begins. */
  groupSize: number;
  /** Text of events after which a new group begins, in characters. */
  groupBytes: number;
}

interface Waiter {
  promise: Promise<void>;
  resolve(): void;
  reject(error: MainstayError): void;
}

/** Events that were dropped from a group. */
interface Loss {
  events: number;
  /** Of the newest one, UTC ms. */
  at: number;
  /** Number of the first one. */
  seq: number | null;
  /** Where in the group they were. */
  place: number;
}

interface Group {
  id: number;
  changes: Changes;
  /** Parallel to `changes.events`: who is told when the event is dropped; null: it is not dropped. */
  owners: (Waiter | null)[];
  waiters: Waiter[];
  /** Shared by all batches that cannot be dropped. */
  shared: Waiter | null;
  batches: number;
  bytes: number;
  /** Monotonic ms of the oldest batch. */
  since: number;
  lost: Loss;
}

export class Queue {
  readonly #limits: QueueLimits;
  /** Oldest first. The first one is being written when `#sealed`, and does not change any more. */
  readonly #groups: Group[] = [];
  #sealed = false;
  #nextId = 1;
  #events = 0;
  #bytes = 0;
  #lost = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Batches not yet written. */
  get batches(): number {
    return this.#groups.reduce((sum, group) => sum + group.batches, 0);
  }

  /** Monotonic ms since when the oldest batch waits. */
  get oldestSince(): number | null {
    return this.#groups[0]?.since ?? null;
  }

  /** Events dropped since the queue was last empty. */
  get lost(): number {
    return this.#lost;
  }

  /** @returns resolves when the changes are written; rejects when some of them are dropped or refused */
  add(changes: Changes, since: number): Promise<void> {
    const bytes = changes.events.reduce((sum, event) => sum + sizeOf(event), 0);
    let group = this.#groups.at(-1);
    if (group === undefined || (this.#sealed && this.#groups.length === 1) || this.#full(group, changes, bytes)) {
      group = newGroup(this.#nextId++, since);
      this.#groups.push(group);
    }
    const droppable = !changes.durable && changes.events.length > 0;
    const waiter = droppable || group.shared === null ? newWaiter() : group.shared;
    if (waiter !== group.shared) group.waiters.push(waiter);
    if (!droppable) group.shared = waiter;
    merge(group.changes, changes);
    if (changes.samples.length > 0) this.#dropSamples();
    for (let i = 0; i < changes.events.length; i++) group.owners.push(droppable ? waiter : null);
    group.batches++;
    group.bytes += bytes;
    this.#bytes += bytes;
    this.#events += changes.events.length;
    while (this.#overflows() && this.#dropOldest());
    return waiter.promise;
  }

  #dropSamples(): void {
    const waiting = this.#groups.slice(this.#sealed ? 1 : 0);
    let over = waiting.reduce((sum, { changes }) => sum + changes.samples.length, 0) - SAMPLES;
    for (const { changes } of waiting) if (over > 0) over -= changes.samples.splice(0, over).length;
  }

  #full(group: Group, changes: Changes, bytes: number): boolean {
    if (group.batches === 0) return false;
    const { groupSize, groupBytes } = this.#limits;
    return group.changes.events.length + changes.events.length > groupSize || group.bytes + bytes > groupBytes;
  }

  #overflows(): boolean {
    return this.#events > this.#limits.capacity || this.#bytes > this.#limits.capacityBytes;
  }

  /** The group to write now; the same one until `done` or `refuse`. */
  next(): { id: number; changes: Changes } | null {
    const group = this.#groups[0];
    if (group === undefined) return null;
    if (!this.#sealed) {
      this.#sealed = true;
      if (group.lost.events > 0) {
        const note = noteOfLoss(group.lost);
        group.changes.events.splice(group.lost.place, 0, note);
        group.owners.splice(group.lost.place, 0, null);
        group.bytes += sizeOf(note);
        this.#bytes += sizeOf(note);
        this.#events++;
      }
    }
    return { id: group.id, changes: group.changes };
  }

  /** The first group is written. */
  done(): void {
    for (const waiter of this.#shift()) waiter.resolve();
  }

  /** The first group can never be written. */
  refuse(error: MainstayError): void {
    for (const waiter of this.#shift()) waiter.reject(error);
  }

  #shift(): Waiter[] {
    const group = this.#groups.shift();
    this.#sealed = false;
    this.#events -= group?.changes.events.length ?? 0;
    this.#bytes -= group?.bytes ?? 0;
    if (this.#groups.length === 0) this.#lost = 0;
    return group?.waiters ?? [];
  }

  #dropOldest(): boolean {
    for (let i = this.#sealed ? 1 : 0; i < this.#groups.length; i++) {
      const group = this.#groups[i]!;
      const at = group.owners.findIndex((owner) => owner !== null);
      if (at === -1) continue;
      const [event] = group.changes.events.splice(at, 1);
      const [owner] = group.owners.splice(at, 1);
      if (owner) {
        owner.reject(lossError());
        const place = group.waiters.indexOf(owner);
        if (place !== -1) group.waiters.splice(place, 1);
      }
      group.bytes -= sizeOf(event!);
      this.#bytes -= sizeOf(event!);
      this.#events--;
      this.#lost++;
      const first = group.lost.events === 0 ? { seq: event!.seq, place: at } : group.lost;
      group.lost = { ...first, events: group.lost.events + 1, at: event!.at };
      const next = this.#groups[i + 1];
      if (group.changes.events.length === 0 && next !== undefined) {
        this.#groups.splice(i, 2, joined(group, next));
      }
      return true;
    }
    return false;
  }
}

function newGroup(id: number, since: number): Group {
  const changes: Changes = {
    events: [],
    instances: new Map(),
    intents: new Map(),
    maintenance: new Map(),
    plan: null,
    moves: [],
    samples: [],
    facts: new Map(),
    durable: false,
  };
  return {
    id,
    changes,
    owners: [],
    waiters: [],
    shared: null,
    batches: 0,
    bytes: 0,
    since,
    lost: { events: 0, at: 0, seq: null, place: 0 },
  };
}

function newWaiter(): Waiter {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // A caller that does not look at the answer must not end the process.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

function sizeOf(event: EncodedEvent): number {
  return event.message.length + event.data.length;
}

/** Later changes win. */
function merge(into: Changes, later: Changes): void {
  for (const event of later.events) into.events.push(event);
  for (const [id, row] of later.instances) into.instances.set(id, row);
  for (const [service, desired] of later.intents) into.intents.set(service, desired);
  for (const [id, row] of later.maintenance) into.maintenance.set(id, row);
  if (later.plan !== null) into.plan = later.plan;
  into.moves.push(...later.moves.map((move) => seenBy(move, into.facts)));
  if (into.moves.length > MOVES) into.moves = compactMoves(into.moves);
  into.samples.push(...later.samples);
  for (const [key, value] of later.facts) into.facts.set(key, value);
  into.durable ||= later.durable;
}

/** What was last seen of a daemon is what was known when the move was made, not what the transaction ends with. */
function seenBy(move: Move, facts: Changes['facts']): Move {
  const alive = facts.get('alive');
  return move.type === 'unseen' && move.from === null && alive !== undefined ? { ...move, from: Number(alive) } : move;
}

/** A group that lost all its events leaves its rows to the next one. */
function joined(earlier: Group, later: Group): Group {
  merge(earlier.changes, later.changes);
  return {
    ...later,
    changes: earlier.changes,
    waiters: [...earlier.waiters, ...later.waiters],
    batches: earlier.batches + later.batches,
    bytes: earlier.bytes + later.bytes,
    since: earlier.since,
    lost: {
      events: earlier.lost.events + later.lost.events,
      at: Math.max(earlier.lost.at, later.lost.at),
      seq: earlier.lost.seq,
      place: 0,
    },
  };
}

/** Has the place and the number of the first event that is missing. */
function noteOfLoss(lost: Loss): EncodedEvent {
  return {
    seq: lost.seq,
    at: lost.at,
    type: 'daemon.degraded',
    instance: null,
    incarnation: null,
    message: `${lost.events} events are missing here: the disk did not take them in time`,
    data: JSON.stringify({ lost: lost.events }),
  };
}

function lossError(): MainstayError {
  return new MainstayError(
    'state-directory',
    'cannot keep an event for the journal: the disk does not take any and too many wait',
    'free space on the disk of the state directory, or repair it',
  );
}
