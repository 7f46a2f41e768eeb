/** Saving what can still be read of a damaged store. */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { isRefusal } from './errors.ts';

/** Newest journal events that are saved. */
const EVENTS = 10_000;

/** Most wanted first. Text in `json` columns must be JSON to be saved. */
const TABLES: readonly { name: string; columns: string[]; json: string[]; order?: string; what: string }[] = [
  { name: 'meta', columns: ['key', 'value'], json: [], what: 'ids' },
  { name: 'intent', columns: ['service', 'desired'], json: [], what: 'intents' },
  { name: 'plan', columns: ['id', 'plan'], json: ['plan'], what: 'plans' },
  {
    name: 'maintenance',
    columns: ['id', 'services', 'reason', 'owner', 'from_at', 'until_at'],
    json: ['services'],
    what: 'maintenance windows',
  },
  { name: 'fact', columns: ['key', 'value'], json: [], what: 'facts' },
  {
    name: 'instance',
    columns: ['id', 'incarnation', 'identity', 'state'],
    json: ['identity', 'state'],
    what: 'instances',
  },
  {
    name: 'journal',
    columns: ['seq', 'at', 'type', 'instance', 'incarnation', 'message', 'data'],
    json: ['data'],
    order: `ORDER BY seq DESC LIMIT ${EVENTS}`,
    what: 'events',
  },
  {
    name: 'state_interval',
    columns: ['id', 'instance', 'phase', 'from_at', 'to_at', 'cause'],
    json: [],
    what: 'state intervals',
  },
];

/**
 * Copies rows until the damage, table by table, into a new store, and journals that it happened.
 * @returns what was saved, as words for a person
 */
export function salvage(from: string, to: DatabaseSync, note: string): string {
  const source = existsSync(from) ? openDamaged(from) : null;
  const saved: string[] = [];
  to.exec('BEGIN IMMEDIATE');
  try {
    for (const table of TABLES) {
      const rows = source === null ? 0 : copy(source, to, table);
      if (rows > 0) saved.push(`${rows} ${table.what}`);
    }
    const words = saved.length === 0 ? 'nothing in it could be saved' : `saved from it: ${saved.join(', ')}`;
    to.prepare('INSERT INTO journal (at, type, message, data) VALUES (?, ?, ?, ?)').run(
      Date.now(),
      'daemon.degraded',
      `${note}; ${words}`,
      JSON.stringify({ setAside: from }),
    );
    to.exec('COMMIT');
    return words;
  } finally {
    if (to.isTransaction) to.exec('ROLLBACK');
    source?.close();
  }
}

/** Null when nothing at all can be read. */
function openDamaged(path: string): DatabaseSync | null {
  // Without "defensive" SQLite may be told to read a file that is shorter than its header says.
  const options = { readOnly: true, defensive: false };
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, options);
    db.exec('PRAGMA writable_schema = ON');
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return db;
  } catch {
    db?.close();
    return null;
  }
}

function copy(source: DatabaseSync, to: DatabaseSync, table: (typeof TABLES)[number]): number {
  const columns = table.columns.join(', ');
  const marks = table.columns.map(() => '?').join(', ');
  const insert = to.prepare(`INSERT OR REPLACE INTO ${table.name} (${columns}) VALUES (${marks})`);
  let rows = 0;
  for (const row of readable(source, `SELECT ${columns} FROM ${table.name} ${table.order ?? ''}`)) {
    if (!table.json.every((column) => row[column] === null || isJson(row[column]))) continue;
    if (put(insert, Object.values(row))) rows++;
  }
  return rows;
}

/** Rows until the damage, whatever error it shows as. (An error of the consumer does not come through here.) */
function* readable(source: DatabaseSync, sql: string): Generator<Record<string, SQLInputValue>> {
  let rows: Iterator<Record<string, SQLInputValue>>;
  try {
    rows = source.prepare(sql).iterate();
  } catch {
    return;
  }
  for (;;) {
    let next: IteratorResult<Record<string, SQLInputValue>>;
    try {
      next = rows.next();
    } catch {
      return;
    }
    if (next.done === true) return;
    yield next.value;
  }
}

/** False when a damaged row does not fit the tables. */
function put(insert: StatementSync, values: SQLInputValue[]): boolean {
  try {
    insert.run(...values);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

function isJson(value: unknown): boolean {
  try {
    JSON.parse(String(value));
    return true;
  } catch {
    return false;
  }
}
