// Which test files there are.
import { globSync } from 'node:fs';

const PATTERNS = ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'];

/**
 * Paths relative to the root, sorted.
 * @param filters keep the files whose path contains one of these; all files when empty
 */
export function findTestFiles(root: string, filters: readonly string[]): string[] {
  const files = globSync(PATTERNS, { cwd: root, exclude: (name) => name.split('/').at(-1) === 'node_modules' });
  const wanted = filters.map((filter) => filter.replace(/^\.\//, ''));
  return files.filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part))).toSorted();
}
