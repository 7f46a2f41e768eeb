/** A copy of a store in memory: for reading while its daemon keeps the file to itself, or while its disk takes no writes. */
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** The file changes only when its log is moved into it, which takes milliseconds: another try then succeeds. */
const TRIES = 100;

/**
 * Calls `read` with the path of a copy, which is gone afterwards. It is of one moment: a copy during which the file itself
 * was changed is made again; its log only grows, or begins anew once all of it is in the file.
 * @throws what the file system says
 */
export function withCopy<T>(path: string, read: (copy: string) => T): T {
  const folder = mkdtempSync(join(isDirectory(MEMORY) ? MEMORY : tmpdir(), 'mainstay-store-'));
  const copy = join(folder, 'copy.db');
  try {
    for (let attempt = 1; ; attempt++) {
      const before = stampOf(path);
      copyFileSync(path, copy);
      rmSync(`${copy}-wal`, { force: true });
      if (statSync(`${path}-wal`, { throwIfNoEntry: false }) !== undefined) {
        copyFileSync(`${path}-wal`, `${copy}-wal`);
      }
      if (stampOf(path) === before || attempt === TRIES) return read(copy);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function stampOf(path: string): string {
  const { ino, size, mtimeNs } = statSync(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}
