/** Opening the file: created, migrated, checked, or set aside when it is damaged. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MainstayError } from '@mainstay/protocol';
import type { StoreSnapshot } from '../../ports/index.ts';
import { DamagedContent, isCorruption, newerError, openError, reasonOf } from './errors.ts';
import { selectSnapshot } from './read.ts';
import { salvage } from './salvage.ts';
import { APPLICATION_ID, migrate, pragma, SCHEMA_VERSION, schemaVersion } from './schema.ts';

/** Above this size a file is not checked at start, bytes: it would delay the adoption of services. */
const CHECK_LIMIT = 64 * 1024 * 1024;
/** How long to wait for another process that writes to the same file, milliseconds. */
const BUSY_MS = 2000;

export interface OpenStore {
  db: DatabaseSync;
  snapshot: StoreSnapshot;
}

/** `usual`: check only after an unclean end. `check`: an error made us doubt. A text: known to be damaged, and why. */
export type Doubt = 'usual' | 'check' | { damage: string };

/**
 * Opens the store for writing, whatever state its file is in. The only process that writes must call it.
 * @throws MainstayError `store-newer` (the file is untouched), `store-corrupt` (damaged and could not be set aside)
 *   or `state-directory` (no access, no space, read-only …)
 */
export function openStore(path: string, doubt: Doubt = 'usual'): OpenStore {
  try {
    if (typeof doubt === 'object') throw new DamagedContent(doubt.damage);
    return openSound(path, doubt === 'check');
  } catch (error) {
    if (!isCorruption(error)) throw openError(path, error);
    return openAfresh(path, reasonOf(error));
  }
}

function openSound(path: string, mustCheck: boolean): OpenStore {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const log = sizeOf(`${path}-wal`);
  const size = inspectHeader(path, log);
  const db = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    // Before anything is read: SQLite then maps no memory (https://www.sqlite.org/wal.html#noshm). Whoever writes to a page
    // mapped from a frozen disk waits with the lock of the process's whole memory, and with it every thread that would fork.
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec('PRAGMA cache_size = -256; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 4194304');
    // The last to close a database empties its log: one that is not empty was left by a crash (or by a reader).
    if (mustCheck || (size > 0 && log > 0 && size + log < CHECK_LIMIT)) check(db);
    const version = schemaVersion(db);
    if (version > SCHEMA_VERSION) throw newerError(path, version, SCHEMA_VERSION);
    if (version === 0) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    else if (pragma(db, 'application_id') !== APPLICATION_ID) {
      throw new DamagedContent('another program wrote this file');
    }
    db.exec('PRAGMA journal_mode = WAL');
    if (version > 0 && version < SCHEMA_VERSION) keepOld(db, path, version);
    migrate(db);
    return { db, snapshot: selectSnapshot(db) };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** What an older version can read, beside the file: this one may have to give way to it again. */
function keepOld(db: DatabaseSync, path: string, version: number): void {
  const copy = `${path}.schema-${version}`;
  rmSync(copy, { force: true });
  // SQLite writes a copy into an empty file, which keeps our mode.
  closeSync(openSync(copy, 'wx', 0o600));
  db.prepare('VACUUM INTO ?').run(copy);
}

/**
 * Looks at a file before SQLite does, because SQLite changes what it opens. Makes an empty file, readable
 * for its owner only, when there is none (SQLite gives the same mode to the files beside it).
 * Format: https://www.sqlite.org/fileformat.html#the_database_header
 * @returns size of the file, bytes
 */
function inspectHeader(path: string, logSize: number): number {
  const size = sizeOf(path);
  if (size === 0) {
    // SQLite would delete a log without its database; it may hold the only copy of something.
    if (logSize > 0) throw new DamagedContent('the file is missing or empty, but its write-ahead log is not');
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    return 0;
  }
  const header = readHeader(path);
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') throw new DamagedContent('the file is not a database');
  // With a log a torn last page is usual after a crash: the log has the page, and what is wrong is found by the check.
  if (logSize === 0 && size % pageSize(header) !== 0) throw new DamagedContent('the end of the file is missing');
  const version = header.readInt32BE(60);
  if (version > SCHEMA_VERSION && header.readInt32BE(68) === APPLICATION_ID) {
    throw newerError(path, version, SCHEMA_VERSION);
  }
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return size;
}

/** 1 stands for 65536, which two bytes cannot hold. */
function pageSize(header: Buffer): number {
  const stored = header.readUInt16BE(16);
  return stored === 1 ? 65_536 : Math.max(1, stored);
}

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  return header;
}

/** Size of a file, bytes; 0 when there is none. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** @throws DamagedContent when the database is not sound */
function check(db: DatabaseSync): void {
  const row = db.prepare('PRAGMA quick_check(1)').get();
  const answer = String(Object.values(row ?? {})[0]);
  if (answer !== 'ok') throw new DamagedContent(answer.replaceAll(/\s+/g, ' '));
}

/** Sets the damaged file aside, makes a new one and saves into it what can still be read. */
function openAfresh(path: string, reason: string): OpenStore {
  let aside: string;
  try {
    aside = setAside(path);
  } catch (cause) {
    throw new MainstayError(
      'store-corrupt',
      `cannot use ${path}: ${reason}; and it cannot be set aside: ${reasonOf(cause)}`,
      'make the directory writable, or move the file away',
      { cause },
    );
  }
  try {
    const { db } = openSound(path, false);
    const saved = salvage(aside, db, `the store was damaged (${reason}) and was set aside as ${aside}`);
    return { db, snapshot: { ...selectSnapshot(db), setAside: { path: aside, reason: `${reason}; ${saved}` } } };
  } catch (error) {
    throw openError(path, error);
  }
}

/** Renames the database last: a crash between the renames then leaves a damaged file that is found again. */
function setAside(path: string): string {
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  let aside = `${path}.corrupt-${stamp}`;
  for (let n = 2; existsSync(aside) || existsSync(`${aside}-wal`); n++) aside = `${path}.corrupt-${stamp}-${n}`;
  for (const suffix of ['-shm', '-wal', '']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}
