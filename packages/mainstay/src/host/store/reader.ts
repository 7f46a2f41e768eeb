/** Reading the store from another process: works while the daemon writes, and when it is dead. */
import { existsSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DatabaseSync } from 'node:sqlite';
import type { JournalEvent } from '@mainstay/protocol';
import type {
  EventQuery,
  HistoryPage,
  HistoryQuery,
  ResultsPage,
  ResultsQuery,
  StoreSnapshot,
} from '../../ports/index.ts';
import { withCopy } from './copy.ts';
import { isLocked, newerError, openError } from './errors.ts';
import { selectHistory } from './intervals.ts';
import { selectEvents, selectSnapshot } from './read.ts';
import { selectResults } from './results.ts';
import { HISTORY_VERSION, RESULTS_VERSION, SCHEMA_VERSION, schemaVersion } from './schema.ts';

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

/**
 * A page of how services and checks stood; null when there is no store yet.
 * @throws MainstayError `store-newer`, `store-corrupt` or `state-directory`
 */
export function readHistory(path: string, query: HistoryQuery): HistoryPage | null {
  return reading(path, (db) => (schemaVersion(db) < HISTORY_VERSION ? null : selectHistory(db, query)));
}

/**
 * A page of the results of checks; null when there is no store yet, or one that has none.
 * @throws MainstayError `store-newer`, `store-corrupt` or `state-directory`
 */
export function readResults(path: string, query: ResultsQuery): ResultsPage | null {
  return reading(path, (db) => (schemaVersion(db) < RESULTS_VERSION ? null : selectResults(db, query)));
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
    return readOrCopy(path, read);
  } catch (error) {
    throw openError(path, error);
  }
}

/** A daemon that runs keeps its file to itself: then a copy is read. */
function readOrCopy<T>(path: string, read: (db: DatabaseSync) => T): T | null {
  try {
    return readFrom(path, path, read);
  } catch (error) {
    if (!isLocked(error)) throw error;
    return withCopy(path, (copy) => readFrom(path, copy, read, false));
  }
}

/**
 * What the store holds, read from a copy in memory, so that nothing is written to its disk; null when there is no store.
 * @throws MainstayError as `readSnapshot`
 */
export function readSnapshotOfCopy(path: string): StoreSnapshot | null {
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return null;
    return withCopy(path, (copy) => readFrom(path, copy, selectSnapshot, false));
  } catch (error) {
    throw openError(path, error);
  }
}

/** @param readOnly false for a copy: it is ours, with its log */
function readFrom<T>(path: string, location: string | URL, read: (db: DatabaseSync) => T, readOnly = true): T | null {
  const db = new DatabaseSync(location, { readOnly });
  try {
    const version = schemaVersion(db);
    if (version > SCHEMA_VERSION) throw newerError(path, version, SCHEMA_VERSION);
    return version === 0 ? null : read(db);
  } finally {
    db.close();
  }
}
