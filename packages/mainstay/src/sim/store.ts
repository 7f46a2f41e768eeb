import { MainstayError, type JournalEvent } from '@mainstay/protocol';
import type {
  EventQuery,
  HistoryPage,
  HistoryQuery,
  ResultsPage,
  Store,
  StoreBatch,
  StoreSnapshot,
} from '../ports/index.ts';
import type { VirtualClock } from './clock.ts';
import type { SimDisk } from './disk.ts';

export interface SimStoreOptions {
  alive: () => boolean;
  /** ms from a write until it is on the disk. */
  latency: () => number;
  /** Told the events of every batch that is handed in. */
  told: (events: JournalEvent[]) => void;
  /** Called when a batch was handed in; `false`: the daemon dies of it, and hears no more. */
  survives: () => boolean;
}

interface Queued {
  text: string;
  at: number;
  written: () => void;
}

/** The store of one daemon's life. A batch is on the disk whole or not at all; what was not acknowledged may be lost. */
export class SimStore implements Store {
  readonly #queue: Queued[] = [];
  /** When the newest batch reaches the disk, monotonic ms. */
  #next = 0;
  #closed = false;
  readonly #disk: SimDisk;
  readonly #clock: VirtualClock;
  readonly #options: SimStoreOptions;

  constructor(disk: SimDisk, clock: VirtualClock, options: SimStoreOptions) {
    this.#disk = disk;
    this.#clock = clock;
    this.#options = options;
  }

  open(): Promise<StoreSnapshot> {
    return Promise.resolve(structuredClone(this.#disk.snapshot));
  }

  /** Batches reach the disk in order, a moment later, or when the disk takes something again. */
  write(batch: StoreBatch): Promise<void> {
    if (this.#closed) return Promise.reject(closed());
    let text: string;
    try {
      // Results decide nothing: none are kept here.
      text = JSON.stringify({ ...batch, samples: [] });
    } catch (error) {
      return Promise.reject(new MainstayError('internal', `cannot store a batch: ${String(error)}`));
    }
    this.#options.told(batch.events);
    return new Promise((resolve) => {
      this.#queue.push({ text, at: this.#clock.mono, written: resolve });
      // One writer: no batch overtakes another.
      this.#next = Math.max(this.#next, this.#clock.mono + this.#options.latency());
      this.#clock.at(this.#next - this.#clock.mono, () => this.#attempt());
      this.#options.survives();
    });
  }

  /** The process is gone in the middle of a write: as many of the waiting batches are on the disk, though nobody was told. */
  tear(batches: number): void {
    if (this.#disk.blockedUntil > this.#clock.mono) return;
    for (const { text } of this.#queue.splice(0, batches)) this.#disk.apply(text);
  }

  get waiting(): number {
    return this.#queue.length;
  }

  events(query: EventQuery): Promise<JournalEvent[]> {
    return this.#closed ? Promise.reject(closed()) : Promise.resolve(this.#disk.events(query));
  }

  history(query: HistoryQuery): Promise<HistoryPage> {
    return this.#closed ? Promise.reject(closed()) : Promise.resolve(this.#disk.history(query));
  }

  results(): Promise<ResultsPage> {
    return this.#closed ? Promise.reject(closed()) : Promise.resolve({ results: [], next: null });
  }

  backlog(): { batches: number; oldestSince: number | null; lastError: string | null } {
    const blocked = this.#disk.blockedUntil > this.#clock.mono;
    const lastError = blocked ? this.#disk.error : null;
    return { batches: this.#queue.length, oldestSince: this.#queue[0]?.at ?? null, lastError };
  }

  close(): Promise<void> {
    while (this.#queue.length > 0) this.#writeFirst();
    this.#closed = true;
    return Promise.resolve();
  }

  #attempt(): void {
    if (!this.#options.alive() || this.#queue.length === 0) return;
    const blocked = this.#disk.blockedUntil - this.#clock.mono;
    if (blocked > 0) this.#clock.at(blocked, () => this.#attempt());
    else this.#writeFirst();
  }

  #writeFirst(): void {
    const first = this.#queue.shift();
    if (first === undefined) return;
    this.#disk.apply(first.text);
    first.written();
  }
}

const closed = (): MainstayError => new MainstayError('refused', 'cannot use the store: it is closed');
