/**
 * Writes the generated pages of docs, or compares them.
 *
 *   node scripts/docs.ts            writes
 *   node scripts/docs.ts --check    says which are not up to date; exit code 1 when there are any
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { configurationReference } from '../packages/mainstay/src/config/index.ts';
import { CHECKS } from '../packages/mainstay/src/registry/checks.ts';
import { NOTIFIERS } from '../packages/mainstay/src/registry/notifiers.ts';
import { notifiersReference } from '../packages/mainstay/src/registry/notifiers-reference.ts';
import { checksReference } from '../packages/mainstay/src/registry/reference.ts';
import { machinesPage } from './docs/machines.ts';

const folder = path.join(import.meta.dirname, '../docs');

/** The generated pages, by their path in docs. */
export function pages(): Record<string, string> {
  return {
    'reference/configuration.md': configurationReference(CHECKS, NOTIFIERS),
    'reference/checks.md': checksReference(),
    'reference/notifiers.md': notifiersReference(),
    'machines.md': machinesPage(),
  };
}

/** Names of pages that differ from what would be generated now. */
export function stalePages(): string[] {
  return Object.entries(pages())
    .filter(([name, text]) => current(name) !== text)
    .map(([name]) => name);
}

function current(name: string): string | null {
  try {
    return readFileSync(path.join(folder, name), 'utf8');
  } catch {
    return null;
  }
}

if (import.meta.main) {
  const stale = stalePages();
  if (process.argv.includes('--check')) {
    for (const name of stale) console.error(`docs/${name} is not up to date; run: node scripts/docs.ts`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    const all = pages();
    for (const name of stale) {
      writeFileSync(path.join(folder, name), all[name] ?? '');
      console.log(`docs/${name}`);
    }
  }
}
