/** Saving what can still be read of a damaged store. */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { isRefusal } from './errors.ts';

type Row = Record<string, SQLInputValue>;

/** Newest journal events that are saved. */
const EVENTS = 10_000;

interface Table {
  name: string;
  columns: string[];
  json: string[];
  what: string;
  /** Only the newest `EVENTS` rows, by this column. */
  newest?: string;
}

const COUNTS = ['pass', 'warn', 'fail', 'unknown', 'sum', 'min', 'max', 'buckets'];

/** Most wanted first. Text in `json` columns must be JSON to be saved. */
const TABLES: readonly Table[] = [
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
    newest: 'seq',
    what: 'events',
  },
  {
    name: 'state_interval',
    columns: ['id', 'subject', 'state', 'from_at', 'to_at', 'known_at', 'cause', 'by_operator'],
    json: [],
    what: 'state intervals',
  },
  { name: 'restart_day', columns: ['subject', 'day', 'count'], json: [], what: 'days with restarts' },
  { name: 'result_day', columns: ['at', 'subject', ...COUNTS], json: [], what: 'days with results' },
  { name: 'result_hour', columns: ['at', 'subject', ...COUNTS], json: [], what: 'hours with results' },
  {
    name: 'sample',
    columns: ['id', 'hour', 'from_at', 'to_at', 'subjects', 'data'],
    json: ['subjects'],
    newest: 'id',
    what: 'packs of results',
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

/** @returns rows of the table in the new store */
function copy(source: DatabaseSync, to: DatabaseSync, table: Table): number {
  const { name, columns, json, newest } = table;
  const marks = columns.map(() => '?').join(', ');
  const insert = to.prepare(`INSERT OR REPLACE INTO ${name} (${columns.join(', ')}) VALUES (${marks})`);
  const select = `SELECT ${columns.join(', ')} FROM ${name}`;
  const rows = newest === undefined ? readable(source, select) : newestReadable(source, select, newest);
  for (const row of rows) {
    if (json.every((column) => row[column] === null || isJson(row[column]))) put(insert, Object.values(row));
  }
  return Number(to.prepare(`SELECT count(*) AS n FROM ${name}`).get()?.['n']);
}

/** From the end back to the damage; when that is not enough, also the last ones before the damage. */
function* newestReadable(source: DatabaseSync, select: string, key: string): Generator<Row> {
  let count = 0;
  let lowest = Infinity;
  for (const row of readable(source, `${select} ORDER BY ${key} DESC LIMIT ${EVENTS}`)) {
    yield row;
    count++;
    lowest = Number(row[key]);
  }
  const rest: Row[] = [];
  for (const row of count < EVENTS ? readable(source, `${select} ORDER BY ${key}`) : []) {
    if (Number(row[key]) >= lowest) break;
    rest.push(row);
    if (rest.length >= 2 * EVENTS) rest.splice(0, EVENTS);
  }
  yield* rest.slice(-EVENTS);
}

/** Rows until the damage, whatever error it shows as. (An error of the consumer does not come through here.) */
function* readable(source: DatabaseSync, sql: string): Generator<Row> {
  let rows: Iterator<Row>;
  try {
    rows = source.prepare(sql).iterate();
  } catch {
    return;
  }
  for (;;) {
    let next: IteratorResult<Row>;
    try {
      next = rows.next();
    } catch {
      return;
    }
    if (next.done === true) return;
    yield next.value;
  }
}

/** Leaves out a damaged row that does not fit the table. */
function put(insert: StatementSync, values: SQLInputValue[]): void {
  try {
    insert.run(...values);
  } catch (error) {
    if (!isRefusal(error)) throw error;
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
