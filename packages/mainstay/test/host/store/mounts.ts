/** File systems of a test's own. They need root; where they cannot be had, the test is skipped and says so. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

export interface Mount extends Disposable {
  path: string;
}

function run(...command: [string, ...string[]]): boolean {
  return spawnSync(command[0], command.slice(1), { stdio: 'ignore' }).status === 0;
}

function mounted(path: string, ...args: string[]): Mount | null {
  mkdirSync(path, { recursive: true });
  if (process.getuid?.() !== 0 || !run('mount', ...args, path)) return null;
  return { path, [Symbol.dispose]: () => void run('umount', '-l', path) };
}

/** A file system in memory of so many bytes. */
export function mountMemory(path: string, bytes: number): Mount | null {
  return mounted(path, '-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'tmpfs');
}

/** The same content once more, read-only. */
export function mountReadOnly(path: string, source: string): Mount | null {
  const mount = mounted(path, '--bind', source);
  if (mount === null || run('mount', '-o', 'remount,ro,bind', path)) return mount;
  mount[Symbol.dispose]();
  return null;
}

/** Makes an image with an ext4 file system in it. */
export function makeDisk(image: string): boolean {
  return run('truncate', '-s', '24M', image) && run('mkfs.ext4', '-q', '-F', image);
}

/** A disk of its own: what the file system has not written yet is not in the image. */
export function mountDisk(path: string, image: string): Mount | null {
  return mounted(path, '-o', 'loop', image);
}

/** Stops all writing to a file system until `thaw`: whoever writes waits. */
export function freeze(path: string): { thaw(): void } | null {
  if (!run('fsfreeze', '-f', path)) return null;
  return { thaw: () => void run('fsfreeze', '-u', path) };
}
