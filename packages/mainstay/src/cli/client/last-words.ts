import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** More of the end of a log than one daemon says when it dies, bytes. */
const TAIL = 16 * 1024;

/** `<state>/logs/guardian.log`: what the daemon and its guardian print. */
export const logOf = (stateDir: string): string => join(stateDir, 'logs', 'guardian.log');

/** What a daemon said last, from lines of guardian.log, for the end of a sentence; empty when it said nothing. */
export function lastWords(lines: readonly string[]): string {
  const own = lines.filter((line) => !line.startsWith('guardian:') && !/^\s+at /.test(line));
  // What an uncaught error prints is a stack with facts around it; its own line says it best.
  const last = own.findLast((line) => /(^|: )(Uncaught )?\w*Error\b.*: /.test(line)) ?? own.at(-1);
  return last === undefined ? '' : `; the last it said was: ${last.trim()}`;
}

/** The newest lines of guardian.log; none when it cannot be read. */
export function guardianTail(stateDir: string): string[] {
  try {
    const file = openSync(logOf(stateDir), 'r');
    try {
      const { size } = fstatSync(file);
      const buffer = Buffer.alloc(Math.min(size, TAIL));
      readSync(file, buffer, 0, buffer.length, size - buffer.length);
      return buffer
        .toString('utf8')
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.trim() !== '');
    } finally {
      closeSync(file);
    }
  } catch {
    return [];
  }
}
