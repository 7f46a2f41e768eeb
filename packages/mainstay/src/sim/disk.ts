import type { JournalEvent } from '@mainstay/protocol';
import type { Plan } from '../core/plan/index.ts';
import { dayOf } from '../core/uptime/index.ts';
import { Timeline } from '../core/uptime/timeline.ts';
import type { EventQuery, HistoryPage, HistoryQuery, StoreBatch, StoreSnapshot } from '../ports/index.ts';

/** The disk: what is on it outlives daemons. */
export class SimDisk {
  snapshot: StoreSnapshot = emptySnapshot();
  /** Nothing can be written before this moment. */
  blockedUntil = 0;
  /** What a write is told meanwhile; null: nothing, it hangs. */
  error: string | null = null;
  /** What is on the disk even if the power is cut now: everything up to the newest durable batch. */
  #safe: StoreSnapshot = emptySnapshot();
  #unsafe: string[] = [];
  #journal: JournalEvent[] = [];
  #history = new Timeline();
  #safeHistory = new Timeline();

  /** Nothing can be written until then: the disk is full, or its file system stands still. */
  block(until: number, error: string | null): void {
    this.blockedUntil = until;
    this.error = error;
  }

  /** What was only in the page cache is lost. */
  powerCut(): void {
    // That it was damaged has been said.
    this.snapshot = { ...this.#safe, setAside: null };
    this.#safe = structuredClone(this.snapshot);
    this.#history = this.#safeHistory.copy();
    this.#unsafe = [];
    this.#journal = this.#journal.filter((event) => event.seq <= this.snapshot.lastSeq);
  }

  /** As the port says. */
  events({ after = 0, instance, types, since = 0, limit, choose }: EventQuery): JournalEvent[] {
    const found = this.#journal.filter(
      (event) =>
        event.seq > after &&
        event.at >= since &&
        (instance === undefined || event.instance === instance) &&
        (types === undefined || types.includes(event.type)),
    );
    const many = Math.max(0, Math.floor(limit));
    const chosen = choose === 'oldest' ? found.slice(0, many) : found.slice(Math.max(0, found.length - many));
    return structuredClone(chosen);
  }

  /** As the port says. */
  history({ since, until, after, limit }: HistoryQuery): HistoryPage {
    const all = this.#history.intervals().filter(({ from, to }) => from < until && (to === null || to > since));
    const given = after?.id ?? 0;
    const closed = all.filter(({ to }) => to !== null).slice(given, given + limit);
    const alive = this.snapshot.facts['alive'] === undefined ? null : Number(this.snapshot.facts['alive']);
    if (closed.length === limit)
      return { intervals: closed, restarts: [], alive, next: { to: closed.at(-1)?.to ?? since, id: given + limit } };
    const open = all.filter(({ to }) => to === null);
    const restarts = this.#history.restarts().filter(({ day }) => day >= dayOf(since) && day <= dayOf(until));
    return structuredClone({ intervals: [...closed, ...open], restarts, alive, next: null });
  }

  /** One batch, as text: what is on a disk has nothing to do with the objects it came from. */
  apply(text: string): void {
    const batch = JSON.parse(text) as StoreBatch;
    for (const event of batch.events) {
      event.seq = Math.max(event.seq, this.snapshot.lastSeq + 1);
      this.snapshot.lastSeq = event.seq;
      this.#journal.push(event);
    }
    put(this.snapshot, batch, this.#history);
    this.#unsafe.push(text);
    if (!batch.durable) return;
    for (const one of this.#unsafe.splice(0)) put(this.#safe, JSON.parse(one) as StoreBatch, this.#safeHistory);
    this.#safe.lastSeq = this.snapshot.lastSeq;
  }

  /** The store is found damaged: it is set aside, and everything in it is gone. */
  corrupt(plan: Plan): void {
    this.snapshot = { ...emptySnapshot(), plan, setAside: { path: 'mainstay.db.corrupt', reason: 'simulated' } };
    this.#safe = structuredClone(this.snapshot);
    this.#unsafe = [];
    this.#journal = [];
    this.#history = new Timeline();
    this.#safeHistory = new Timeline();
  }
}

function put(snapshot: StoreSnapshot, batch: StoreBatch, history: Timeline): void {
  const alive = snapshot.facts['alive'];
  for (const move of batch.moves) history.apply(move, alive === undefined ? null : Number(alive));
  const rows = new Map(snapshot.instances.map((row) => [row.instance, row]));
  for (const row of batch.instances) rows.set(row.instance, row);
  for (const id of batch.removedInstances) rows.delete(id);
  snapshot.instances = [...rows.values()];
  Object.assign(snapshot.intents, batch.intents);
  Object.assign(snapshot.facts, batch.facts);
  const windows = new Map(snapshot.maintenance.map((row) => [row.id, row]));
  for (const row of batch.maintenance.put) windows.set(row.id, row);
  for (const id of batch.maintenance.remove) windows.delete(id);
  snapshot.maintenance = [...windows.values()];
  if (batch.plan !== null) snapshot.plan = batch.plan;
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
