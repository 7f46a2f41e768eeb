/** How services and checks stood: written as moves say (core/uptime), and read a page at a time. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RestartCount, Subject } from '@mainstay/protocol';
import { dayOf, type Move } from '../../core/uptime/index.ts';
import type { HistoryPage, HistoryQuery } from '../../ports/index.ts';
import { decodeInterval } from './encode.ts';

const SQL = {
  alive: "SELECT CAST(value AS INTEGER) AS at FROM fact WHERE key = 'alive'",
  deleteFrom: 'DELETE FROM state_interval WHERE subject = ? AND from_at >= ?',
  // Only the newest interval of a subject can reach beyond any moment after its beginning.
  cut: `UPDATE state_interval SET to_at = ?2 WHERE (to_at IS NULL OR to_at > ?2)
    AND id = (SELECT id FROM state_interval WHERE subject = ?1 ORDER BY from_at DESC LIMIT 1)`,
  begin: `INSERT INTO state_interval (subject, state, from_at, to_at, known_at, cause, by_operator)
    VALUES (?, ?, ?, NULL, ?, ?, ?)`,
  deleteAllOpen: 'DELETE FROM state_interval WHERE to_at IS NULL AND from_at >= ?',
  deleteAllClosed: 'DELETE FROM state_interval WHERE to_at >= ?1 AND from_at >= ?1',
  cutAllOpen: 'UPDATE state_interval SET to_at = ? WHERE to_at IS NULL',
  cutAllClosed: 'UPDATE state_interval SET to_at = ?1 WHERE to_at > ?1',
  emptyAllOpen: 'UPDATE state_interval SET to_at = from_at WHERE to_at IS NULL',
  restart: `INSERT INTO restart_day (subject, day, count) VALUES (?, ?, 1)
    ON CONFLICT DO UPDATE SET count = count + 1`,
} as const;

/** Makes moves, within the transaction of the caller. Times are rounded to milliseconds. */
export function intervalWriter(db: DatabaseSync): (moves: readonly Move[]) => void {
  let statements: Record<keyof typeof SQL, StatementSync> | null = null;
  return (moves) => {
    if (moves.length === 0) return;
    statements ??= Object.fromEntries(Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)])) as Record<
      keyof typeof SQL,
      StatementSync
    >;
    for (const move of moves) make(statements, move);
  };
}

function make(to: Record<keyof typeof SQL, StatementSync>, move: Move): void {
  switch (move.type) {
    case 'begin': {
      const { subject, state, knownAt, cause, byOperator } = move;
      const from = Math.round(move.from);
      cut(to, subject, from);
      to.begin.run(subject, state, from, Math.round(knownAt), cause, byOperator ? 1 : 0);
      return;
    }
    case 'end':
      cut(to, move.subject, Math.round(move.from));
      return;
    case 'unseen': {
      const from = move.from ?? (to.alive.get()?.['at'] as number | undefined) ?? null;
      if (from === null) to.emptyAllOpen.run();
      else cutAll(to, Math.round(from));
      return;
    }
    case 'restart':
      to.restart.run(move.subject, dayOf(move.at));
  }
}

function cut(to: Record<keyof typeof SQL, StatementSync>, subject: string, from: number): void {
  to.deleteFrom.run(subject, from);
  to.cut.run(subject, from);
}

function cutAll(to: Record<keyof typeof SQL, StatementSync>, from: number): void {
  to.deleteAllOpen.run(from);
  to.deleteAllClosed.run(from);
  to.cutAllOpen.run(from);
  to.cutAllClosed.run(from);
}

const CLOSED = `SELECT * FROM state_interval WHERE to_at > ?1 AND from_at < ?2 AND (to_at, id) > (?3, ?4)
  ORDER BY to_at, id LIMIT ?5`;
const OPEN = 'SELECT * FROM state_interval WHERE to_at IS NULL AND from_at < ? ORDER BY id';

/** One page; the open intervals, of which there is at most one a subject, come with the last. */
export function selectHistory(db: DatabaseSync, query: HistoryQuery): HistoryPage {
  const [since, until, limit] = [Math.round(query.since), Math.round(query.until), Math.max(1, query.limit)];
  const after = query.after ?? { to: since, id: Number.MAX_SAFE_INTEGER };
  const rows = db.prepare(CLOSED).all(since, until, after.to, after.id, limit);
  const alive = (db.prepare(SQL.alive).get()?.['at'] as number | undefined) ?? null;
  const intervals = rows.map(decodeInterval);
  const last = rows.at(-1);
  if (rows.length === limit && last !== undefined) {
    const next = { to: last['to_at'] as number, id: last['id'] as number };
    return { intervals, restarts: [], alive, next };
  }
  const open = db.prepare(OPEN).all(until).map(decodeInterval);
  const counts = db.prepare('SELECT * FROM restart_day WHERE day BETWEEN ? AND ? ORDER BY subject, day');
  const restarts = counts.all(dayOf(since), dayOf(until)).map(decodeRestarts);
  return { intervals: [...intervals, ...open], restarts, alive, next: null };
}

function decodeRestarts(row: Record<string, unknown>): RestartCount {
  return { subject: row['subject'] as Subject, day: row['day'] as number, count: row['count'] as number };
}
