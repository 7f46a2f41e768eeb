/** Reading the store from another process: works while the daemon writes, and when it is dead. */
import { existsSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DatabaseSync } from 'node:sqlite';
import type { JournalEvent } from '@mainstay/protocol';
import type { EventQuery, StoreSnapshot } from '../../ports/index.ts';
import { newerError, openError } from './errors.ts';
import { selectEvents, selectSnapshot } from './read.ts';
import { SCHEMA_VERSION, schemaVersion } from './schema.ts';

const BUSY_MS = 2000;

/**
 * At most `limit` events that match, oldest first; none when there is no store yet.
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
    // Without a log nobody has the file open: read it alone, without making files beside it (perhaps in a directory
    // that may not be written to). When a log has appeared meanwhile, a writer has too: read again, properly.
    const log = `${path}-wal`;
    if (!existsSync(log)) {
      try {
        const result = readFrom(path, new URL(`${pathToFileURL(path).href}?immutable=1`), read);
        if (!existsSync(log)) return result;
      } catch (error) {
        if (!existsSync(log)) throw error;
      }
    }
    return readFrom(path, path, read);
  } catch (error) {
    throw openError(path, error);
  }
}

function readFrom<T>(path: string, location: string | URL, read: (db: DatabaseSync) => T): T | null {
  const db = new DatabaseSync(location, { readOnly: true, timeout: BUSY_MS });
  try {
    const version = schemaVersion(db);
    if (version > SCHEMA_VERSION) throw newerError(path, version, SCHEMA_VERSION);
    return version === 0 ? null : read(db);
  } finally {
    db.close();
  }
}
