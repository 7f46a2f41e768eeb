import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MainstayError } from '@mainstay/protocol';

/** Writes a file whole or not at all, readable by its owner only, and safe from power loss. */
export function writePrivately(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/**
 * Makes the state directory with its `logs`.
 *
 * @throws MainstayError `state-directory`
 */
export function makeStateDirectory(stateDir: string): void {
  try {
    mkdirSync(join(stateDir, 'logs'), { recursive: true, mode: 0o750 });
  } catch (error) {
    throw cannotUse(stateDir, error);
  }
}

/** The error for a state directory that cannot be made or written. */
export function cannotUse(stateDir: string, cause: unknown): MainstayError {
  const reasons: Record<string, string> = {
    EACCES: 'permission is denied',
    EPERM: 'permission is denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the quota is used up',
    ENOTDIR: 'a part of the path is no directory',
    EEXIST: 'it is no directory',
  };
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const why = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new MainstayError('state-directory', `cannot use ${stateDir}: ${why}`, '--state-dir DIR', { cause });
}
