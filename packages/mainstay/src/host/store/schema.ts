/** The tables of the store, as a list of migrations. The version of a file is its `user_version`. */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { DamagedContent } from './errors.ts';

/** "MNST": marks the file as mainstay's (`file` and other tools show it). */
export const APPLICATION_ID = 0x4d4e5354;

/** Each entry brings a file from version `index` to `index + 1`. An entry is never changed after a release. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    instance TEXT,
    incarnation INTEGER,
    message TEXT NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX journal_at ON journal (at);
  CREATE INDEX journal_instance ON journal (instance, seq) WHERE instance IS NOT NULL;
  CREATE TABLE instance (
    id TEXT PRIMARY KEY,
    incarnation INTEGER NOT NULL,
    identity TEXT,
    state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE intent (service TEXT PRIMARY KEY, desired TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE maintenance (
    id TEXT PRIMARY KEY,
    services TEXT NOT NULL,
    reason TEXT NOT NULL,
    owner TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE plan (id INTEGER PRIMARY KEY CHECK (id = 1), plan TEXT NOT NULL) STRICT;
  CREATE TABLE fact (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE state_interval (
    id INTEGER PRIMARY KEY,
    instance TEXT NOT NULL,
    phase TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    to_at INTEGER,
    cause TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX state_interval_open ON state_interval (instance) WHERE to_at IS NULL;
  CREATE INDEX state_interval_closed ON state_interval (to_at) WHERE to_at IS NOT NULL;
  `,
  // Phases of instances, which nothing ever read, give way to how services and checks stood: that cannot be made of them.
  `
  DROP TABLE state_interval;
  CREATE TABLE state_interval (
    id INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    to_at INTEGER,
    known_at INTEGER NOT NULL,
    cause TEXT NOT NULL,
    by_operator INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX state_interval_open ON state_interval (subject) WHERE to_at IS NULL;
  CREATE INDEX state_interval_closed ON state_interval (to_at) WHERE to_at IS NOT NULL;
  CREATE INDEX state_interval_subject ON state_interval (subject, from_at);
  CREATE TABLE restart_day (
    subject TEXT NOT NULL,
    day INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (subject, day)
  ) STRICT, WITHOUT ROWID;
  `,
  // Numbers of samples are never given twice: the sums say up to which they hold.
  `
  CREATE TABLE sample (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hour INTEGER NOT NULL,
    from_at INTEGER NOT NULL,
    to_at INTEGER NOT NULL,
    subjects TEXT NOT NULL,
    data BLOB NOT NULL
  ) STRICT;
  ${sumsTable('result_hour')}
  ${sumsTable('result_day')}
  CREATE INDEX journal_incident ON journal (seq) WHERE type = 'incident.closed';
  `,
];

/** Sums of results over some time. */
function sumsTable(name: 'result_hour' | 'result_day'): string {
  return `CREATE TABLE ${name} (
    at INTEGER NOT NULL,
    subject TEXT NOT NULL,
    pass INTEGER NOT NULL,
    warn INTEGER NOT NULL,
    fail INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    min INTEGER NOT NULL,
    max INTEGER NOT NULL,
    buckets BLOB NOT NULL,
    PRIMARY KEY (at, subject)
  ) STRICT, WITHOUT ROWID;`;
}

/** Since this version the store knows how services and checks stood. */
export const HISTORY_VERSION = 2;

/** Since this version the store keeps results of checks. */
export const RESULTS_VERSION = 3;

/** The version this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

export function schemaVersion(db: DatabaseSync): number {
  return pragma(db, 'user_version');
}

/** The integer that a pragma answers. */
export function pragma(db: DatabaseSync, name: string): number {
  const row = db.prepare(`PRAGMA ${name}`).get();
  return Number(Object.values(row ?? {})[0] ?? 0);
}

/**
 * Brings a file of an older version (or an empty one) to this version, each step in its own transaction.
 * @throws DamagedContent when the file has tables but no version: they are not ours
 */
export function migrate(db: DatabaseSync): void {
  if (schemaVersion(db) === SCHEMA_VERSION) return;
  while (step(db));
  // The version must be in the main file: another program reads it there before it opens anything.
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

/** One migration; false when there is nothing left to do. The version is read under the lock: another process may migrate. */
function step(db: DatabaseSync): boolean {
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = schemaVersion(db);
    if (version === 0) refuseForeign(db);
    const sql = MIGRATIONS[version];
    if (sql !== undefined) {
      db.exec(sql);
      db.exec(`PRAGMA user_version = ${version + 1}`);
      if (version === 0) identify(db);
    }
    db.exec('COMMIT');
    return sql !== undefined;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function refuseForeign(db: DatabaseSync): void {
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get();
  if (tables?.['n'] !== 0) throw new DamagedContent('another program wrote this file');
}

/** Marks a new store as ours and gives it its ids. */
function identify(db: DatabaseSync): void {
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  const put = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
  put.run('host_id', randomUUID());
  put.run('project_id', randomUUID());
}
