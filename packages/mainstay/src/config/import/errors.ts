import { MainstayError } from '@mainstay/protocol';
import { Unbalanced } from './words.ts';

/** An error in the text of a source, with its place (line and column count from 1). */
export function sourceError(label: string, line: number, column: number, why: string, hint: string | null = null) {
  return new MainstayError('config', `cannot read ${label}:${line}:${column}: ${why}`, hint);
}

/** Line and column (from 1) of an offset in a text. */
export function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - start + 1 };
}

/**
 * Runs a splitter of words that stands at `file:line`.
 * @throws MainstayError naming that place when a quote is never closed
 */
export function balanced<T>(where: string, what: string, split: () => T): T {
  try {
    return split();
  } catch (error) {
    if (!(error instanceof Unbalanced)) throw error;
    throw new MainstayError('config', `cannot read ${where}:1: in ${what}, ${error.message}`);
  }
}
