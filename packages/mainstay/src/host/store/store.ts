/** The store as the daemon sees it: a queue in front of the thread that owns the file. */
import { randomUUID } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import { MainstayError } from '@mainstay/protocol';
import type { JournalEvent } from '@mainstay/protocol';
import type {
  Clock,
  EventQuery,
  HistoryPage,
  HistoryQuery,
  ResultsPage,
  ResultsQuery,
  Store,
  StoreBatch,
  StoreSnapshot,
  Timer,
} from '../../ports/index.ts';
import { encodeBatch } from './encode.ts';
import type { Answer, Failure, Reply, Request, Retention, ThreadOptions } from './messages.ts';
import { Queue } from './queue.ts';
import { DEFAULT_RETENTION } from './retention.ts';
import { takeThread } from './thread.ts';

export interface StoreOptions {
  /** Absolute path of `mainstay.db`. */
  path: string;
  clock: Clock;
  retention?: Partial<Retention>;
  /** Events that may wait for the disk before the oldest are dropped. */
  maxWaitingEvents?: number;
  /**
   * What is known of the content while the disk takes nothing, or does not answer: with that `open` succeeds all the same,
   * and goes on trying. Null: nothing is known, and `open` fails or waits.
   */
  fallback?: () => StoreSnapshot | null;
  /** How long `close` waits for the disk, milliseconds. */
  closeTimeoutMs?: number;
}

const QUEUE_LIMITS = { capacity: 100_000, capacityBytes: 64 * 1024 * 1024, groupSize: 500, groupBytes: 1024 * 1024 };
const CLOSE_TIMEOUT_MS = 5000;
/** How long `open` waits for a disk before it does without. */
const OPEN_PATIENCE_MS = 5000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;

/** The real store. Nothing touches the disk before `open`. */
export function createStore(options: StoreOptions): Store {
  return new ThreadStore(options);
}

type Deferred<T> = PromiseWithResolvers<T>;
type Reading = Extract<Request, { type: 'events' | 'history' | 'results' }>;

class ThreadStore implements Store {
  readonly #clock: Clock;
  readonly #closeTimeoutMs: number;
  readonly #fallback: () => StoreSnapshot | null;
  readonly #thread: ThreadOptions;
  readonly #queue: Queue;
  readonly #queries = new Map<number, { request: Reading; answer: Deferred<Answer> }>();
  #nextQuery = 1;
  #worker: Worker | null = null;
  /** The thread has the file open. */
  #open = false;
  /** Until the first answer; later openings are repairs that nobody waits for. */
  #opening: Deferred<StoreSnapshot> | null = null;
  /** Id of the group the thread was last given and has not acknowledged. */
  #sent: number | null = null;
  /** The thread is writing. */
  #busy = false;
  #retry: Timer | null = null;
  #failures = 0;
  #lastError: string | null = null;
  #closing: Deferred<void> | null = null;

  constructor(options: StoreOptions) {
    this.#clock = options.clock;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    this.#fallback = options.fallback ?? (() => null);
    this.#thread = {
      path: options.path,
      writer: randomUUID(),
      retention: { ...DEFAULT_RETENTION, ...options.retention },
    };
    this.#queue = new Queue({ ...QUEUE_LIMITS, capacity: options.maxWaitingEvents ?? QUEUE_LIMITS.capacity });
  }

  open(): Promise<StoreSnapshot> {
    if (this.#worker !== null || this.#closing !== null) {
      return Promise.reject(new MainstayError('refused', 'cannot open the store: it is open or closed already'));
    }
    this.#opening = Promise.withResolvers<StoreSnapshot>();
    const { promise } = this.#opening;
    const patience = this.#clock.after(OPEN_PATIENCE_MS, () => this.#openWithout());
    promise.catch(() => {}).finally(() => patience.cancel());
    this.#start();
    return promise;
  }

  write(batch: StoreBatch): Promise<void> {
    if (this.#closing !== null) return refused(closedError());
    try {
      const written = this.#queue.add(encodeBatch(batch), this.#clock.now().mono);
      this.#pump();
      return written;
    } catch (error) {
      return refused(error);
    }
  }

  events(query: EventQuery): Promise<JournalEvent[]> {
    return this.#read({ type: 'events', id: this.#nextQuery++, query }) as Promise<JournalEvent[]>;
  }

  history(query: HistoryQuery): Promise<HistoryPage> {
    return this.#read({ type: 'history', id: this.#nextQuery++, query }) as Promise<HistoryPage>;
  }

  results(query: ResultsQuery): Promise<ResultsPage> {
    return this.#read({ type: 'results', id: this.#nextQuery++, query }) as Promise<ResultsPage>;
  }

  #read(request: Reading): Promise<Answer> {
    if (this.#closing !== null) return refused(closedError());
    const answer = Promise.withResolvers<Answer>();
    this.#queries.set(request.id, { request, answer });
    if (this.#open) this.#post(request);
    return answer.promise;
  }

  backlog(): { batches: number; oldestSince: number | null; lastError: string | null } {
    const { batches, oldestSince, lost } = this.#queue;
    const dropped = lost > 0 ? `${lost} events were dropped because too many waited` : null;
    const parts = [this.#lastError, dropped].filter((part) => part !== null);
    return { batches, oldestSince, lastError: parts.length === 0 ? null : parts.join('; ') };
  }

  /**
   * Writes what waits, then closes the file.
   * @throws MainstayError `timeout` when the disk does not take it in time; what was not written is lost
   */
  async close(): Promise<void> {
    if (this.#closing !== null) return this.#closing.promise;
    this.#closing = Promise.withResolvers<void>();
    const limit = this.#clock.after(this.#closeTimeoutMs, () => this.#giveUp());
    if (this.#worker === null && this.#retry === null) this.#closing.resolve();
    this.#pump();
    try {
      await this.#closing.promise;
    } finally {
      limit.cancel();
      this.#retry?.cancel();
      this.#abandonAll(closedError());
    }
  }

  #start(): void {
    const worker = takeThread();
    this.#worker = worker;
    worker.on('message', (reply: Reply) => {
      if (worker === this.#worker) this.#receive(reply);
    });
    worker.on('error', (error) => {
      if (worker === this.#worker) this.#lastError = `the thread of the store failed: ${messageOf(error)}`;
    });
    worker.on('exit', () => {
      if (worker === this.#worker) this.#ended();
    });
    this.#post({ type: 'open', options: this.#thread });
  }

  #post(request: Request): void {
    this.#worker?.postMessage(request);
  }

  /** Gives the thread the next thing to do, when it is free. */
  #pump(): void {
    if (!this.#open || this.#busy || this.#retry !== null) return;
    const group = this.#queue.next();
    if (group !== null) {
      this.#busy = true;
      this.#sent = group.id;
      this.#post({ type: 'write', group: group.id, changes: group.changes });
    } else if (this.#closing !== null) {
      this.#open = false;
      this.#post({ type: 'close' });
    }
  }

  #receive(reply: Reply): void {
    switch (reply.type) {
      case 'opened': {
        this.#opened(reply.snapshot, reply.lastGroup);
        break;
      }
      case 'open-failed': {
        this.#openFailed(reply.failure);
        break;
      }
      case 'written': {
        this.#acknowledged();
        this.#busy = false;
        break;
      }
      case 'write-failed': {
        this.#busy = false;
        this.#writeFailed(reply.failure);
        break;
      }
      case 'read': {
        this.#queries.get(reply.id)?.answer.resolve(reply.answer);
        this.#queries.delete(reply.id);
        break;
      }
      case 'read-failed': {
        this.#queries.get(reply.id)?.answer.reject(errorOf('cannot read the journal', reply.failure));
        this.#queries.delete(reply.id);
        break;
      }
      case 'closed': {
        this.#worker = null;
        if (reply.failure === null) this.#closing?.resolve();
        else this.#closing?.reject(errorOf('cannot close the store', reply.failure));
        break;
      }
    }
    this.#pump();
  }

  #opened(snapshot: StoreSnapshot, lastGroup: number): void {
    this.#open = true;
    this.#lastError = null;
    // An earlier thread wrote the group, but ended before it could say so.
    if (this.#sent !== null && lastGroup >= this.#sent) this.#acknowledged();
    this.#opening?.resolve(snapshot);
    this.#opening = null;
    for (const { request } of this.#queries.values()) this.#post(request);
  }

  /** The disk does not give or take what is needed: begins with what is known, if anything is. */
  #openWithout(): void {
    let known: StoreSnapshot | null = null;
    try {
      known = this.#fallback();
    } catch {
      // What is on the disk cannot even be read.
    }
    if (known === null) return;
    this.#opening?.resolve(known);
    this.#opening = null;
  }

  #openFailed(failure: Failure): void {
    if (this.#opening !== null && (failure.code === 'disk' || failure.code === 'state-directory')) this.#openWithout();
    if (this.#opening === null) {
      this.#again(failure.message, () => this.#post({ type: 'open', options: this.#thread }));
      return;
    }
    this.#opening.reject(errorOf('cannot open the store', failure));
    this.#opening = null;
    void this.#worker?.terminate();
    this.#worker = null;
    this.#closing?.resolve();
  }

  #acknowledged(): void {
    this.#sent = null;
    this.#failures = 0;
    this.#lastError = null;
    this.#queue.done();
  }

  #writeFailed(failure: Failure): void {
    if (failure.code === 'refused') {
      this.#sent = null;
      this.#queue.refuse(new MainstayError('internal', `cannot store a change: ${failure.message}`));
    } else {
      this.#again(failure.message, () => {});
    }
  }

  /** The thread ended by itself: a new one takes over. */
  #ended(): void {
    this.#worker = null;
    this.#open = false;
    this.#busy = false;
    const why = this.#lastError ?? 'the thread of the store ended';
    if (this.#opening === null) {
      this.#again(why, () => this.#start());
      return;
    }
    this.#opening.reject(new MainstayError('internal', `cannot open the store: ${why}`));
    this.#opening = null;
    this.#closing?.resolve();
  }

  /** Tries something again after a while that grows with the failures in a row. */
  #again(why: string, what: () => void): void {
    this.#lastError = why;
    const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
    this.#retry = this.#clock.after(delay, () => {
      this.#retry = null;
      what();
      this.#pump();
    });
  }

  #giveUp(): void {
    const waiting = this.#queue.batches;
    const why = this.#lastError ?? 'the disk does not answer';
    const error = new MainstayError('timeout', `cannot close the store: ${waiting} changes are not written: ${why}`);
    const worker = this.#worker;
    this.#worker = null;
    worker?.unref();
    void worker?.terminate();
    this.#abandonAll(error);
    this.#closing?.reject(error);
  }

  #abandonAll(error: MainstayError): void {
    while (this.#queue.next() !== null) this.#queue.refuse(error);
    for (const { answer } of this.#queries.values()) answer.reject(error);
    this.#queries.clear();
  }
}

function closedError(): MainstayError {
  return new MainstayError('refused', 'cannot use the store: it is closed');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A rejection that need not be looked at. */
function refused(error: unknown): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}

function errorOf(what: string, failure: Failure): MainstayError {
  if (failure.code === 'disk') return new MainstayError('state-directory', `${what}: ${failure.message}`);
  if (failure.code === 'refused') return new MainstayError('internal', `${what}: ${failure.message}`);
  return new MainstayError(failure.code, failure.message, failure.hint);
}
