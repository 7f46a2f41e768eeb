// Applies every rule to every source file below packages/*/src.
import { globSync } from 'node:fs';
import { packageRules, peersOf } from './packages.ts';
import { lazyFindings } from './lazy.ts';
import { RULES } from './rules.ts';
import type { Violation } from './rules.ts';
import { readSource } from './source.ts';
import type { Source } from './source.ts';

/** All violations below a root, in the order of the paths. */
export function checkHouse(root: string): { readonly violations: readonly Violation[]; readonly files: number } {
  const paths = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: root }).toSorted();
  const violations: Violation[] = [...packageRules(root)];
  const peers = new Map<string, ReadonlySet<string>>();
  const sources = new Map<string, Source>();
  for (const path of paths) {
    const pack = path.split('/')[1] ?? '';
    if (!peers.has(pack)) peers.set(pack, peersOf(root, pack));
    const source = readSource(root, path, peers.get(pack) ?? new Set());
    sources.set(path, source);
    for (const [rule, { reason, check }] of Object.entries(RULES)) {
      for (const { line, found } of check(source)) violations.push({ rule, reason, path, line, found });
    }
  }
  violations.push(...lazyFindings(sources));
  return { violations, files: paths.length };
}
