import type { JournalEvent } from '@mainstay/protocol';
import type { Plan } from '../core/plan/index.ts';
import type { Store, StoreBatch, StoreSnapshot } from '../ports/index.ts';
import type { VirtualClock } from './clock.ts';

/** The disk: what is on it outlives daemons. */
export class SimDisk {
  snapshot: StoreSnapshot = emptySnapshot();
  /** Nothing can be written before this moment (full, or frozen). */
  blockedUntil = 0;

  apply(batch: StoreBatch): void {
    const { snapshot } = this;
    const rows = new Map(snapshot.instances.map((row) => [row.instance, row]));
    for (const row of batch.instances) rows.set(row.instance, structuredClone(row));
    for (const id of batch.removedInstances) rows.delete(id);
    snapshot.instances = [...rows.values()];
    Object.assign(snapshot.intents, batch.intents);
    Object.assign(snapshot.facts, batch.facts);
    const gone = new Set([...batch.maintenance.remove, ...batch.maintenance.put.map((one) => one.id)]);
    snapshot.maintenance = [...snapshot.maintenance.filter((one) => !gone.has(one.id)), ...batch.maintenance.put];
    if (batch.plan !== null) snapshot.plan = batch.plan;
    const last = batch.events.at(-1);
    if (last !== undefined) snapshot.lastSeq = last.seq;
  }

  /** The store is found damaged: it is set aside, and everything in it is gone. */
  corrupt(plan: Plan): void {
    this.snapshot = { ...emptySnapshot(), plan, setAside: { path: 'mainstay.db.corrupt', reason: 'simulated' } };
  }
}

function emptySnapshot(): StoreSnapshot {
  return {
    instances: [],
    intents: {},
    maintenance: [],
    plan: null,
    facts: {},
    lastSeq: 0,
    ids: { host: 'host', project: 'sim' },
    setAside: null,
  };
}

/** The store of one daemon's life. A batch is on the disk whole or not at all; what was not acknowledged may be lost. */
export class SimStore implements Store {
  #pending = 0;
  /** When the newest batch reaches the disk, monotonic ms. */
  #next = 0;
  readonly #disk: SimDisk;
  readonly #clock: VirtualClock;
  readonly #alive: () => boolean;
  readonly #latency: () => number;
  readonly #onEvents: (events: JournalEvent[]) => void;

  constructor(
    disk: SimDisk,
    clock: VirtualClock,
    alive: () => boolean,
    latency: () => number,
    onEvents: (events: JournalEvent[]) => void,
  ) {
    this.#disk = disk;
    this.#clock = clock;
    this.#alive = alive;
    this.#latency = latency;
    this.#onEvents = onEvents;
  }

  open(): Promise<StoreSnapshot> {
    return Promise.resolve(structuredClone(this.#disk.snapshot));
  }

  /** Batches reach the disk in order, a moment later, or when the disk takes something again. */
  write(batch: StoreBatch): Promise<void> {
    this.#pending += 1;
    this.#onEvents(batch.events);
    return new Promise((resolve) => {
      const attempt = (): void => {
        if (!this.#alive()) return;
        const blocked = this.#disk.blockedUntil - this.#clock.mono;
        if (blocked > 0) {
          this.#clock.at(blocked, attempt);
          return;
        }
        this.#pending -= 1;
        this.#disk.apply(batch);
        resolve();
      };
      // One writer: no batch overtakes another.
      this.#next = Math.max(this.#next, this.#clock.mono + this.#latency());
      this.#clock.at(this.#next - this.#clock.mono, attempt);
    });
  }

  events(): Promise<JournalEvent[]> {
    return Promise.resolve([]);
  }

  backlog(): { batches: number; oldestSince: number | null; lastError: string | null } {
    return { batches: this.#pending, oldestSince: null, lastError: null };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
