/** What the store and its thread say to each other. Everything is text and numbers: cheap to copy, and a snapshot of the moment of `write()`. */
import type { SamplePack } from '../../core/results/index.ts';
import type { Move } from '../../core/uptime/index.ts';
import type {
  EventQuery,
  HistoryPage,
  HistoryQuery,
  ResultsPage,
  ResultsQuery,
  StoreSnapshot,
} from '../../ports/index.ts';
import type { JournalEvent } from '@mainstay/protocol';

/** A journal event with its `data` as JSON. */
export interface EncodedEvent {
  /** null: the next free position. */
  seq: number | null;
  at: number;
  type: string;
  instance: string | null;
  incarnation: number | null;
  message: string;
  data: string;
}

export interface EncodedInstance {
  incarnation: number;
  identity: string | null;
  state: string;
}

export interface EncodedMaintenance {
  services: string;
  reason: string;
  owner: string;
  from: number;
  until: number;
}

/** What one transaction writes. In the maps, null removes. */
export interface Changes {
  events: EncodedEvent[];
  instances: Map<string, EncodedInstance | null>;
  intents: Map<string, 'running' | 'stopped'>;
  maintenance: Map<string, EncodedMaintenance | null>;
  plan: string | null;
  /** Made before the facts are put: they look at the last sign of life of the daemon before. */
  moves: Move[];
  samples: SamplePack[];
  facts: Map<string, string>;
  durable: boolean;
}

/** How much of the journal is kept. */
export interface Retention {
  /** Older journal events are deleted, milliseconds. */
  maxAgeMs: number;
  /** Above this size the oldest journal events are deleted, bytes. */
  maxBytes: number;
  /** Closed state intervals older than this are deleted, milliseconds. */
  intervalMaxAgeMs: number;
  /** The newest events are kept whatever their age: a clock that was wrong once must not empty the journal. */
  keepNewest: number;
  /** Rows deleted in one transaction. */
  chunk: number;
  /** Samples of results, and the sums of an hour, older than this are deleted; those of a day never; milliseconds. */
  sampleMaxAgeMs: number;
  hourMaxAgeMs: number;
  /** How often there is a look at what can be deleted, milliseconds. */
  everyMs: number;
  /** Between two deletions, so that writes come first, milliseconds. */
  pauseMs: number;
}

export interface ThreadOptions {
  path: string;
  /** Names this store object, so that a new thread knows which group it wrote last. */
  writer: string;
  retention: Retention;
}

export type Request =
  | { type: 'open'; options: ThreadOptions }
  | { type: 'write'; group: number; changes: Changes }
  | { type: 'events'; id: number; query: EventQuery }
  | { type: 'history'; id: number; query: HistoryQuery }
  | { type: 'results'; id: number; query: ResultsQuery }
  | { type: 'close' };

/** What is read. */
export type Answer = JournalEvent[] | HistoryPage | ResultsPage;

export interface Failure {
  /** `refused`: these changes can never be written; `disk`: they can be tried again; else a code of MainstayError. */
  code: 'refused' | 'disk' | 'store-newer' | 'store-corrupt' | 'state-directory';
  message: string;
  hint: string | null;
}

export type Reply =
  /** `lastGroup`: the newest group of this writer that is in the file; 0 when there is none. */
  | { type: 'opened'; snapshot: StoreSnapshot; lastGroup: number }
  | { type: 'open-failed'; failure: Failure }
  | { type: 'written'; group: number }
  | { type: 'write-failed'; group: number; failure: Failure }
  | { type: 'read'; id: number; answer: Answer }
  | { type: 'read-failed'; id: number; failure: Failure }
  | { type: 'closed'; failure: Failure | null };
