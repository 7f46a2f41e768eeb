/** What the store's thread does: keeps one database open, writes to it, and brings it back when it fails. */
import { chmodSync, closeSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { JournalEvent } from '@mainstay/protocol';
import type {
  EventQuery,
  HistoryPage,
  HistoryQuery,
  ResultsPage,
  ResultsQuery,
  StoreSnapshot,
} from '../../ports/index.ts';
import { createWriter } from './apply.ts';
import type { Writer } from './apply.ts';
import { openStore } from './database.ts';
import type { Doubt } from './database.ts';
import { isCorruption, reasonOf } from './errors.ts';
import { selectHistory } from './intervals.ts';
import type { Changes, ThreadOptions } from './messages.ts';
import { selectEvents } from './read.ts';
import { selectResults } from './results.ts';
import { trim } from './retention.ts';

/** Failures in a row after which the file is opened anew: the disk may have been mounted again. */
const REOPEN_AFTER = 3;

export interface Keeper {
  /** @returns what the file holds, and the newest group of this writer in it (0: none) */
  open(): { snapshot: StoreSnapshot; lastGroup: number };
  write(group: number, changes: Changes): void;
  events(query: EventQuery): JournalEvent[];
  history(query: HistoryQuery): HistoryPage;
  results(query: ResultsQuery): ResultsPage;
  /** Deletes a little of what is too old; true when there may be more. */
  trim(): boolean;
  close(): void;
}

interface Opened {
  db: DatabaseSync;
  writer: Writer;
  /** Of the file, to notice that it was removed or replaced. */
  inode: number;
}

/** All methods are synchronous and throw what SQLite or the file system says. */
export function createKeeper(options: ThreadOptions): Keeper {
  const { path } = options;
  let current: Opened | null = null;
  let failures = 0;

  function start(doubt: Doubt): StoreSnapshot {
    stop();
    const { db, snapshot } = openStore(path, doubt);
    current = { db, writer: createWriter(db), inode: statSync(path).ino };
    return snapshot;
  }

  function stop(): void {
    const was = current;
    current = null;
    was?.db.close();
  }

  function opened(): Opened {
    if (current === null) start('usual');
    return current!;
  }

  /** Runs `work`; when the file turns out to be damaged, checks it (setting it aside if need be) and runs it again. */
  function withRepair<T>(work: (opened: Opened) => T): T {
    try {
      return work(opened());
    } catch (first) {
      if (!isCorruption(first)) throw first;
      abandon();
      start('check');
      try {
        return work(opened());
      } catch (second) {
        if (!isCorruption(second)) throw second;
        // The check found nothing, and yet it cannot be read.
        abandon();
        start({ damage: reasonOf(second) });
        return work(opened());
      }
    }
  }

  /** Closes without caring for the outcome. */
  function abandon(): void {
    try {
      stop();
    } catch {
      // It is opened anew in any case.
    }
  }

  return {
    open() {
      const snapshot = start('usual');
      const row = current!.db.prepare("SELECT value FROM meta WHERE key = 'writer'").get();
      const [writer, group] = String(row?.['value'] ?? '').split(':');
      return { snapshot, lastGroup: writer === options.writer ? Number(group) : 0 };
    },
    write(group, changes) {
      try {
        if (current !== null && inodeOf(path) !== current.inode) returnFile(path, current.db, abandon);
        withRepair(({ writer }) => writer.write(changes, options.writer, group));
        failures = 0;
      } catch (error) {
        if (++failures % REOPEN_AFTER === 0) abandon();
        throw error;
      }
    },
    events: (query) => withRepair(({ db }) => selectEvents(db, query)),
    history: (query) => withRepair(({ db }) => selectHistory(db, query)),
    results: (query) => withRepair(({ db }) => selectResults(db, query)),
    trim: () => withRepair(({ db }) => trim(db, options.retention, Date.now())),
    close: stop,
  };
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

/**
 * Somebody removed or replaced the file under us: what we would write would be lost with it. A removed file is written
 * again from what is still open; a replacement (a restored copy) is used as it is.
 */
function returnFile(path: string, db: DatabaseSync, abandon: () => void): void {
  if (inodeOf(path) === null) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const copy = `${path}.returning`;
    rmSync(copy, { force: true });
    // SQLite writes a copy into an empty file, which keeps our mode.
    closeSync(openSync(copy, 'wx', 0o600));
    chmodSync(copy, 0o600);
    db.prepare('VACUUM INTO ?').run(copy);
    // A log left beside the removed file belongs to it.
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    renameSync(copy, path);
  }
  abandon();
}
