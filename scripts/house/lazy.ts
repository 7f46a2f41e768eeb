// The rule on what the command line loads before it knows what to run.
import type { Violation } from './rules.ts';
import type { Import, Source } from './source.ts';

const ENTRY = 'packages/mainstay/src/entry/cli.ts';
/** Parts that may be loaded with every command. */
const CHEAP = new Set(['entry', 'cli', 'core', 'ports', '']);

/** Follows what is loaded at once (not dynamically, not types only) from entry/cli.ts. */
export function* lazyFindings(sources: ReadonlyMap<string, Source>): Generator<Violation> {
  const seen = new Set([ENTRY]);
  for (const path of seen) {
    for (const entry of loadedAtOnce(sources.get(path))) {
      const target = sources.get(entry.target?.path ?? '');
      if (!target) continue;
      // A module that loads nothing itself costs next to nothing.
      if (CHEAP.has(target.part) || loadedAtOnce(target).length === 0) seen.add(target.path);
      else yield { rule: 'lazy', reason: REASON, path, line: entry.line, found: `imports ${entry.specifier}` };
    }
  }
}

const REASON = 'cli loads what it runs by dynamic import: every command would pay for this, whether it uses it or not';

function loadedAtOnce(source: Source | undefined): readonly Import[] {
  return source?.imports.filter((entry) => !entry.dynamic && !entry.typeOnly) ?? [];
}
