import { closeSync, openSync, readSync, statSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { MainstayError } from '@mainstay/protocol';

/** What a daemon needs to begin, bytes: a log for the store, a few small files, and some lines. */
const ROOM = 16 * 1024 * 1024;

/** Position of `user_version` in a database: https://www.sqlite.org/fileformat.html#the_database_header */
const USER_VERSION = 60;

/** The format of the store of a state directory; null when there is none. */
export function storeSchema(stateDir: string): number | null {
  try {
    const file = openSync(join(stateDir, 'mainstay.db'), 'r');
    try {
      const header = Buffer.alloc(64);
      return readSync(file, header, 0, header.length, 0) === header.length ? header.readInt32BE(USER_VERSION) : null;
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

/** Where a daemon keeps the store of an older format when it changes it. */
export function keptStore(stateDir: string, schema: number): string {
  return join(stateDir, `mainstay.db.schema-${schema}`);
}

/**
 * A daemon that cannot write cannot begin, and neither could the old one again.
 *
 * @throws MainstayError `state-directory` when there is too little room
 */
export function checkRoom(stateDir: string): void {
  const { bavail, bsize, files, ffree } = statfsSync(stateDir);
  const free = bavail * bsize;
  const store = ['mainstay.db', 'mainstay.db-wal'].map(
    (name) => statSync(join(stateDir, name), { throwIfNoEntry: false })?.size ?? 0,
  );
  const needed = ROOM + store.reduce((sum, size) => sum + size, 0);
  if (free >= needed && (files === 0 || ffree > 100)) return;
  const mb = (bytes: number): string => `${Math.ceil(bytes / 1_000_000)} MB`;
  throw new MainstayError(
    'state-directory',
    `cannot upgrade: the disk of ${stateDir} has ${mb(free)} free${free >= needed ? ' and no room for more files' : `, and ${mb(needed)} are needed`}; nothing was touched`,
    'make room, then again',
  );
}
