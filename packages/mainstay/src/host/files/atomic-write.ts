import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces the file at `path` as a whole: a reader sees the old content or the new, and so does the next boot after
 * a loss of power. A symbolic link at `path` is replaced, not followed. On failure the old file stays and nothing is left.
 * @param mode of the new file, whatever the umask
 * @throws what the operating system says (ENOSPC, EACCES, EISDIR …)
 */
export async function atomicWrite(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  // `wx`: never through a link that somebody put there.
  const file = await open(temporary, 'wx', mode);
  try {
    try {
      await file.chmod(mode);
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

/** `atomicWrite`, or something that does it when its turn has come. */
export type WriteFile = typeof atomicWrite;

/** Puts the directory's entries on the disk, so that the rename survives too. Windows opens no directories, and does it by itself. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
