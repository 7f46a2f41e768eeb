/** Deleting what is too old or too much, a small piece at a time. */
import type { DatabaseSync } from 'node:sqlite';
import { dayOf } from '../../core/uptime/index.ts';
import type { Retention } from './messages.ts';
import { pragma } from './schema.ts';

export const DEFAULT_RETENTION: Retention = {
  maxAgeMs: 90 * 86_400_000,
  maxBytes: 200 * 1024 * 1024,
  intervalMaxAgeMs: 400 * 86_400_000,
  keepNewest: 10_000,
  chunk: 500,
  everyMs: 600_000,
  pauseMs: 50,
};

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
  let excess = 0;
  if (usedBytes(db) > retention.maxBytes) {
    const surplus = db.prepare(
      'DELETE FROM journal WHERE seq IN (SELECT seq FROM journal ORDER BY type = ?, seq LIMIT ?)',
    );
    excess = Number(surplus.run(LONG_KEPT, chunk).changes);
    if (excess === 0) {
      // The journal is empty, and intervals alone are too much.
      const oldest =
        'DELETE FROM state_interval WHERE id IN (SELECT id FROM state_interval WHERE to_at > 0 ORDER BY to_at LIMIT ?)';
      excess = Number(db.prepare(oldest).run(chunk).changes);
    }
  }
  const deleted = [old, intervals, incidents, days].reduce((sum, { changes }) => sum + Number(changes), excess);
  if (deleted === 0) shrink(db, chunk);
  return deleted > 0;
}

/** Bytes of the pages in use. */
function usedBytes(db: DatabaseSync): number {
  return (pragma(db, 'page_count') - pragma(db, 'freelist_count')) * pragma(db, 'page_size');
}

/** Gives unused pages back to the file system when they are many; few are left for what comes next. */
function shrink(db: DatabaseSync, pages: number): void {
  if (pragma(db, 'freelist_count') * 4 > pragma(db, 'page_count')) db.exec(`PRAGMA incremental_vacuum(${pages})`);
}
