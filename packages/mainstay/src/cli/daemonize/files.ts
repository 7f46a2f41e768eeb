import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import { whyNotWritten } from '../text/system-error.ts';

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
  // Not even looked into further when it is there: a frozen disk would let that wait.
  if (statSync(join(stateDir, 'logs'), { throwIfNoEntry: false })?.isDirectory() === true) return;
  try {
    makeDirectories(join(stateDir, 'logs'));
  } catch (error) {
    throw cannotUse(stateDir, error);
  }
}

/** Node's own recursive mkdir never returns where the parent exists and takes no directories, as in /proc. */
function makeDirectories(path: string): void {
  const parent = dirname(path);
  if (parent !== path && statSync(parent, { throwIfNoEntry: false }) === undefined) makeDirectories(parent);
  try {
    mkdirSync(path, { mode: 0o750 });
  } catch (error) {
    // Made by somebody else meanwhile, or no directory.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

/** The error for a state directory that cannot be made or written. */
export function cannotUse(stateDir: string, cause: unknown): MainstayError {
  const why = whyNotWritten(cause);
  return new MainstayError('state-directory', `cannot use ${stateDir}: ${why}`, '--state-dir DIR', { cause });
}
