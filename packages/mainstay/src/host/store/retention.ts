/** Deleting what is too old or too much, a small piece at a time. */
import type { DatabaseSync } from 'node:sqlite';
import { dayOf } from '../../core/uptime/index.ts';
import { HOUR_MS } from '../../core/results/index.ts';
import type { Retention } from './messages.ts';
import { summedUpTo } from './results.ts';
import { pragma } from './schema.ts';

export const DEFAULT_RETENTION: Retention = {
  maxAgeMs: 90 * 86_400_000,
  maxBytes: 200 * 1024 * 1024,
  intervalMaxAgeMs: 400 * 86_400_000,
  sampleMaxAgeMs: 7 * 86_400_000,
  hourMaxAgeMs: 90 * 86_400_000,
  keepNewest: 10_000,
  chunk: 500,
  everyMs: 600_000,
  pauseMs: 50,
};

/** Packs of results that are deleted in one go: each may be many pages. */
const PACKS = 20;

/** Events that hold a whole incident each: kept as long as the intervals, and given up last. */
const LONG_KEPT = 'incident.closed';

/**
 * Deletes at most one chunk.
 * @param now UTC ms
 * @returns true when there may be more to delete
 */
export function trim(db: DatabaseSync, retention: Retention, now: number): boolean {
  const { chunk } = retention;
  const old = db
    .prepare(
      `DELETE FROM journal WHERE at < ? AND seq IN (
         SELECT seq FROM journal WHERE type <> ? AND seq <= (SELECT max(seq) FROM journal) - ? ORDER BY seq LIMIT ?)`,
    )
    .run(now - retention.maxAgeMs, LONG_KEPT, retention.keepNewest, chunk);
  const intervals = db
    .prepare('DELETE FROM state_interval WHERE id IN (SELECT id FROM state_interval WHERE to_at < ? LIMIT ?)')
    .run(now - retention.intervalMaxAgeMs, chunk);
  const incidents = db
    .prepare('DELETE FROM journal WHERE seq IN (SELECT seq FROM journal WHERE type = ? AND at < ? LIMIT ?)')
    .run(LONG_KEPT, now - retention.intervalMaxAgeMs, chunk);
  const days = db.prepare('DELETE FROM restart_day WHERE day < ?').run(dayOf(now - retention.intervalMaxAgeMs));
  const samples = db
    .prepare(`DELETE FROM sample WHERE id IN (SELECT id FROM sample WHERE to_at < ? AND id <= ? LIMIT ${PACKS})`)
    .run(now - retention.sampleMaxAgeMs, summedUpTo(db));
  const hours = db
    .prepare(
      `DELETE FROM result_hour WHERE (at, subject) IN (SELECT at, subject FROM result_hour WHERE at < ? LIMIT ?)`,
    )
    .run(Math.floor((now - retention.hourMaxAgeMs) / HOUR_MS), chunk);
  let excess = 0;
  if (usedBytes(db) > (wantedBytes(db) ?? retention.maxBytes)) {
    excess = deleteOldest(db, chunk);
  }
  const deleted = [old, intervals, incidents, days, samples, hours].reduce(
    (sum, { changes }) => sum + Number(changes),
    excess,
  );
  if (deleted === 0) shrink(db, chunk);
  return deleted > 0;
}

/** What can be done without most easily goes first: results one by one, events, results by the hour, and how everything stood. */
function deleteOldest(db: DatabaseSync, chunk: number): number {
  const ways: readonly (() => { changes: number | bigint })[] = [
    () =>
      db
        .prepare('DELETE FROM sample WHERE id IN (SELECT id FROM sample WHERE id <= ? ORDER BY id LIMIT ?)')
        .run(summedUpTo(db), PACKS),
    () =>
      db
        .prepare('DELETE FROM journal WHERE seq IN (SELECT seq FROM journal ORDER BY type = ?, seq LIMIT ?)')
        .run(LONG_KEPT, chunk),
    () =>
      db
        .prepare(
          'DELETE FROM result_hour WHERE (at, subject) IN (SELECT at, subject FROM result_hour ORDER BY at LIMIT ?)',
        )
        .run(chunk),
    () =>
      db
        .prepare(
          'DELETE FROM state_interval WHERE id IN (SELECT id FROM state_interval WHERE to_at > 0 ORDER BY to_at LIMIT ?)',
        )
        .run(chunk),
  ];
  for (const way of ways) {
    const { changes } = way();
    if (Number(changes) > 0) return Number(changes);
  }
  return 0;
}

/** `history.max_size` of the plan; null: there is no plan, or one of an older version. */
function wantedBytes(db: DatabaseSync): number | null {
  return (db.prepare("SELECT plan ->> '$.history.maxSize' AS bytes FROM plan").get()?.['bytes'] ?? null) as
    | number
    | null;
}

/** Bytes of the pages in use. */
function usedBytes(db: DatabaseSync): number {
  return (pragma(db, 'page_count') - pragma(db, 'freelist_count')) * pragma(db, 'page_size');
}

/** Gives unused pages back to the file system when they are many; few are left for what comes next. */
function shrink(db: DatabaseSync, pages: number): void {
  if (pragma(db, 'freelist_count') * 4 > pragma(db, 'page_count')) db.exec(`PRAGMA incremental_vacuum(${pages})`);
}
