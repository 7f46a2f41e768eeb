/** Reading what the store holds: used by the thread and by other processes. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { JournalEvent } from '@mainstay/protocol';
import type { Plan } from '../../core/plan/index.ts';
import type { EventQuery, StoreSnapshot } from '../../ports/index.ts';
import { decodeEvent, decodeInstance, decodeMaintenance } from './encode.ts';
import { DamagedContent } from './errors.ts';

/** Everything but the journal, read in one transaction. */
export function selectSnapshot(db: DatabaseSync): StoreSnapshot {
  db.exec('BEGIN');
  try {
    const plan = db.prepare('SELECT plan FROM plan').get();
    const meta = pairs(db, 'SELECT key, value FROM meta');
    return content(() => ({
      instances: db.prepare('SELECT * FROM instance ORDER BY id').all().map(decodeInstance),
      intents: pairs(db, 'SELECT service, desired FROM intent') as StoreSnapshot['intents'],
      maintenance: db.prepare('SELECT * FROM maintenance ORDER BY id').all().map(decodeMaintenance),
      plan: plan === undefined ? null : (JSON.parse(plan['plan'] as string) as Plan),
      facts: pairs(db, 'SELECT key, value FROM fact'),
      ids: { host: meta['host_id'] ?? '', project: meta['project_id'] ?? '' },
      lastSeq: Number(db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").get()?.['seq'] ?? 0),
      setAside: null,
    }));
  } finally {
    if (db.isTransaction) db.exec('COMMIT');
  }
}

function pairs(db: DatabaseSync, sql: string): Record<string, string> {
  const rows = db.prepare(sql).all();
  return Object.fromEntries(rows.map((row) => Object.values(row) as [string, string]));
}

/** Few among many, and looked for among all of them. */
const INDEXED = 'incident.closed';

/** At most `limit` of the events that match, the newest or the oldest of them; always oldest first. */
export function selectEvents(db: DatabaseSync, query: EventQuery): JournalEvent[] {
  const where: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (condition: string, ...given: SQLInputValue[]): void => {
    where.push(condition);
    values.push(...given);
  };
  if (query.after !== undefined) add('seq > ?', query.after);
  if (query.instance !== undefined) add('instance = ?', query.instance);
  if (query.since !== undefined) add('at >= ?', query.since);
  // Said as it is in the definition of an index of these alone.
  if (query.types?.join() === INDEXED) add(`type = '${INDEXED}'`);
  else if (query.types !== undefined) add(`type IN (${query.types.map(() => '?').join(', ')})`, ...query.types);
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  const forward = query.choose === 'oldest';
  const rows = db
    .prepare(`SELECT * FROM journal ${condition} ORDER BY seq ${forward ? 'ASC' : 'DESC'} LIMIT ?`)
    .all(...values, Math.max(0, Math.floor(query.limit)));
  return content(() => (forward ? rows : rows.reverse()).map(decodeEvent));
}

/** Text that is not the JSON that was written is damage, even where SQLite sees none. */
function content<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError) throw new DamagedContent(`a row is not readable: ${error.message}`);
    throw error;
  }
}
