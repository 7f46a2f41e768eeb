import { closeSync, existsSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import { whyNotWritten } from '../text/system-error.ts';

interface WriteOptions {
  /** Replace an existing file. */
  force: boolean;
  /** Let its owner only read it. */
  secret: boolean;
}

/**
 * Writes a file as a whole or not at all, so that it survives a loss of power: into a temporary file
 * beside it, flushed, then renamed.
 * @throws MainstayError when it exists and `force` is not given, or cannot be written
 */
export function writeWhole(path: string, text: string, label: string, options: WriteOptions): void {
  if (!options.force && existsSync(path)) throw existsAlready(label);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, 'w', 0o600);
    try {
      writeFileSync(file, text);
      if (!options.secret) fchmodSync(file, 0o644);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    const directory = openSync(dirname(path), 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch (error) {
    rmSync(temporary, { force: true });
    const why = whyNotWritten(error);
    throw new MainstayError('config', `cannot write ${label}: ${why}`, 'check the directory and its permissions', {
      cause: error,
    });
  }
}

/** The error of a file that would be overwritten. */
export function existsAlready(label: string): MainstayError {
  return new MainstayError(
    'refused',
    `cannot write ${label}: it exists`,
    'use --force to replace it, or --stdout to see what would be written',
  );
}
