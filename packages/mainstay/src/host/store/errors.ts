/** What an error of SQLite or of the file system means for the store. */
import { MainstayError } from '@mainstay/protocol';
import type { Failure } from './messages.ts';

// Primary result codes of SQLite: https://www.sqlite.org/rescode.html
const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const TOO_BIG = 18;
const CONSTRAINT = 19;
const MISMATCH = 20;
const RANGE = 25;
const NOT_A_DATABASE = 26;
/** Extended code: the file system itself says that its content is damaged. */
const CORRUPT_FILE_SYSTEM = 8458;

/** The content of a store is damaged, although SQLite can read it. */
export class DamagedContent extends Error {}

function extendedCode(error: unknown): number | null {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code : null;
}

/** True when the file is not a database or its content is damaged. */
export function isCorruption(error: unknown): boolean {
  if (error instanceof DamagedContent) return true;
  const code = extendedCode(error);
  if (code === null) return false;
  return code === CORRUPT_FILE_SYSTEM || (code & 0xff) === CORRUPT || (code & 0xff) === NOT_A_DATABASE;
}

/** True when another process keeps the file to itself. */
export function isLocked(error: unknown): boolean {
  const code = extendedCode(error);
  return code !== null && [BUSY, LOCKED].includes(code & 0xff);
}

/** True when the same changes would fail again, however healthy the disk is. */
export function isRefusal(error: unknown): boolean {
  const code = extendedCode(error);
  if (code !== null) return [TOO_BIG, CONSTRAINT, MISMATCH, RANGE].includes(code & 0xff);
  // Not SQLite's and not the operating system's: a value that cannot be bound.
  return typeof (error as NodeJS.ErrnoException).errno !== 'number';
}

export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = (error as { errstr?: unknown } | null)?.errstr;
  return typeof text === 'string' && text !== message ? `${message} (${text})` : message;
}

/** Failure of a write, of a query or of a later attempt to open. */
export function failureOf(error: unknown): Failure {
  if (error instanceof MainstayError) {
    return { code: error.code as Failure['code'], message: error.message, hint: error.hint };
  }
  return { code: isRefusal(error) ? 'refused' : 'disk', message: reasonOf(error), hint: null };
}

/** An error a person sees when the store cannot be opened or read. */
export function openError(path: string, error: unknown): MainstayError {
  if (error instanceof MainstayError) return error;
  if (isCorruption(error)) {
    return new MainstayError(
      'store-corrupt',
      `cannot read ${path}: ${reasonOf(error)}`,
      'start mainstay: it sets a damaged store aside and saves what can be read',
      { cause: error },
    );
  }
  return new MainstayError(
    'state-directory',
    `cannot open ${path}: ${reasonOf(error)}`,
    'check that the directory exists, belongs to you and has free space',
    { cause: error },
  );
}

export function newerError(path: string, found: number, known: number): MainstayError {
  return new MainstayError(
    'store-newer',
    `cannot open ${path}: a newer version of mainstay wrote it (schema ${found}, this one knows ${known})`,
    'install that version again, or move the file away to start with an empty history',
  );
}
