// Applies every rule to every source file below packages/*/src.
import { globSync } from 'node:fs';
import { packageRules } from './packages.ts';
import { RULES } from './rules.ts';
import type { Violation } from './rules.ts';
import { readSource } from './source.ts';

/** All violations below a root, in the order of the paths. */
export function checkHouse(root: string): { readonly violations: readonly Violation[]; readonly files: number } {
  const paths = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: root }).toSorted();
  const violations: Violation[] = [...packageRules(root)];
  for (const path of paths) {
    const source = readSource(root, path);
    for (const [rule, { reason, check }] of Object.entries(RULES)) {
      for (const { line, found } of check(source)) violations.push({ rule, reason, path, line, found });
    }
  }
  return { violations, files: paths.length };
}
