import type {
  Identity,
  InstanceId,
  JournalEvent,
  RestartCount,
  ResultCounts,
  StandingInterval,
} from '@mainstay/protocol';
import type { Plan } from '../core/plan/index.ts';
import type { SamplePack } from '../core/results/index.ts';
import type { Move } from '../core/uptime/index.ts';

/** One row per instance: its last known machine state, as plain JSON. */
export interface InstanceRow {
  instance: InstanceId;
  incarnation: number;
  identity: Identity | null;
  /** What the machines need to go on; opaque to the store. */
  state: unknown;
}

/** A maintenance window set by an operator. */
export interface MaintenanceRow {
  id: string;
  /** Empty: everything. */
  services: string[];
  reason: string;
  owner: string;
  /** UTC ms. */
  from: number;
  until: number;
}

/** Everything that one turn of the loop changed: written in one transaction. */
export interface StoreBatch {
  events: JournalEvent[];
  instances: InstanceRow[];
  removedInstances: InstanceId[];
  /** Service → desired state. Present only when an operator changed it. */
  intents: Record<string, 'running' | 'stopped'>;
  maintenance: { put: MaintenanceRow[]; remove: string[] };
  plan: Plan | null;
  /** How the intervals of services and checks change, in this order. */
  moves: Move[];
  /** Results of checks. */
  samples: SamplePack[];
  /** Facts of the daemon: boot id, last sign of life (`alive`, UTC ms) … */
  facts: Record<string, string>;
  /** FULL: the batch must be on the disk before it is acknowledged (operator's intent). */
  durable: boolean;
}

export interface StoreSnapshot {
  instances: InstanceRow[];
  intents: Record<string, 'running' | 'stopped'>;
  maintenance: MaintenanceRow[];
  plan: Plan | null;
  facts: Record<string, string>;
  /** Stable random ids, made when the store was created. */
  ids: { host: string; project: string };
  /** Position of the newest event that was ever stored; 0 when there is none. Writers number on from it. */
  lastSeq: number;
  /** Set when a damaged file was set aside, with its new path and the reason. */
  setAside: { path: string; reason: string } | null;
}

export interface EventQuery {
  /** Only events after this position. */
  after?: number;
  instance?: string;
  types?: string[];
  /** UTC ms. */
  since?: number;
  /** At most this many; the answer is oldest first, whichever are chosen. */
  limit: number;
  /** Which, when more match: the newest (if not given), or the oldest, for a reader that pages forward from `after`. */
  choose?: 'newest' | 'oldest';
}

/** A page of intervals. Times are UTC ms. */
export interface HistoryQuery {
  /** Only what lasted longer than until then. */
  since: number;
  /** Only what began before. */
  until: number;
  /** Where the page before ended; absent: the first page. */
  after?: HistoryPlace;
  limit: number;
}

/** The end of an interval, and its number among those with the same end. */
export interface HistoryPlace {
  to: number;
  id: number;
}

export interface HistoryPage {
  /** By their ends; those that are open come last. */
  intervals: StandingInterval[];
  /** Of the days that the time asked for touches; only on the last page. */
  restarts: RestartCount[];
  /** The last sign of life of a daemon; null: none is known. */
  alive: number | null;
  /** Where to go on; null: this was the last page. */
  next: HistoryPlace | null;
}

/** A page of results. The time asked for is rounded to whole hours, and before those that are kept to whole days (UTC). */
export interface ResultsQuery {
  since: number;
  until: number;
  /** Where the page before ended; absent: the first page. */
  after?: ResultsPlace;
  /** Sums of an hour or a day of one check that are read for it. */
  limit: number;
}

/** Part of the answer, and the last that was read of it. */
export interface ResultsPlace {
  part: 'before' | 'days' | 'after';
  at: number;
  subject: string;
}

export interface ResultsPage {
  /** Of each check at most one; those of all pages add up. */
  results: ResultCounts[];
  next: ResultsPlace | null;
}

export interface Store {
  /** Opens, creates or recovers. Rejects with `store-newer` when a newer version wrote it. */
  open(): Promise<StoreSnapshot>;
  /** Queues a batch. Resolves when it is written (and on the disk, if durable). Never blocks the caller. */
  write(batch: StoreBatch): Promise<void>;
  events(query: EventQuery): Promise<JournalEvent[]>;
  history(query: HistoryQuery): Promise<HistoryPage>;
  results(query: ResultsQuery): Promise<ResultsPage>;
  /** Batches not yet written, and since when the oldest waits (monotonic ms); for `degraded`. */
  backlog(): { batches: number; oldestSince: number | null; lastError: string | null };
  close(): Promise<void>;
}
