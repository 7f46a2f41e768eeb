/** Reading the store from another process: works while the daemon writes, and when it is dead. */
import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DatabaseSync } from 'node:sqlite';
import type { JournalEvent } from '@mainstay/protocol';
import type { EventQuery, StoreSnapshot } from '../../ports/index.ts';
import { newerError, openError } from './errors.ts';
import { selectEvents, selectSnapshot } from './read.ts';
import { SCHEMA_VERSION, schemaVersion } from './schema.ts';

const BUSY_MS = 2000;

/**
 * The newest `limit` events that match, oldest first; none when there is no store yet.
 * @throws MainstayError `store-newer`, `store-corrupt` or `state-directory`
 */
export function readEvents(path: string, query: EventQuery): JournalEvent[] {
  return reading(path, (db) => selectEvents(db, query)) ?? [];
}

/**
 * What the store holds; null when there is no store yet.
 * @throws MainstayError `store-newer`, `store-corrupt` or `state-directory`
 */
export function readSnapshot(path: string): StoreSnapshot | null {
  return reading(path, selectSnapshot);
}

function reading<T>(path: string, read: (db: DatabaseSync) => T): T | null {
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return null;
    const db = open(path);
    try {
      const version = schemaVersion(db);
      if (version > SCHEMA_VERSION) throw newerError(path, version, SCHEMA_VERSION);
      return version === 0 ? null : read(db);
    } finally {
      db.close();
    }
  } catch (error) {
    throw openError(path, error);
  }
}

/** Opens for reading only; where SQLite may not make its files beside the database, what is in the database alone. */
function open(path: string): DatabaseSync {
  const options = { readOnly: true, timeout: BUSY_MS };
  const db = new DatabaseSync(path, options);
  try {
    schemaVersion(db);
    return db;
  } catch (error) {
    db.close();
    const log = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (log > 0) throw error;
    return new DatabaseSync(new URL(`${pathToFileURL(path).href}?immutable=1`), options);
  }
}
