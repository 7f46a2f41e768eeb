import { fileURLToPath } from 'node:url';

/**
 * The file that runs an entry: `src/entry/NAME.ts` in a source checkout, `NAME.cjs` beside the
 * bundle's own file when shipped.
 */
export function entryPath(name: 'daemon' | 'cli' | 'history'): string {
  const here = import.meta.url;
  const relative = here.endsWith('.ts') ? `../../entry/${name}.ts` : `./${name}.cjs`;
  return fileURLToPath(new URL(relative, here));
}
