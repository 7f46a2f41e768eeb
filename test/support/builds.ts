/** Shipped forms of mainstay, of any version and with planted defects, built from these sources. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../../scripts/build/bundle.ts';

const root = join(import.meta.dirname, '../..');

export interface Build {
  /** What `npm install` would have put in place. */
  folder: string;
  /** The command. */
  bin: string;
}

/**
 * Builds into a folder of its own.
 * @param changes source files, below `src`, and what becomes of their text
 */
export async function build(
  folder: string,
  version: string,
  changes: readonly (readonly [file: string, edit: (text: string) => string])[] = [],
): Promise<Build> {
  const sources = join(root, 'packages/mainstay');
  const pack = join(folder, 'pack');
  mkdirSync(folder, { recursive: true });
  cpSync(join(sources, 'src'), join(pack, 'src'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, edit] of changes) {
    const path = join(pack, 'src', file);
    const before = readFileSync(path, 'utf8');
    const after = edit(before);
    if (after === before) throw new Error(`nothing of ${file} was changed`);
    writeFileSync(path, after);
  }
  await bundle(pack, join(folder, 'dist'));
  cpSync(join(sources, 'bin'), join(folder, 'bin'), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(sources, 'package.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version, type: 'commonjs' }));
  return { folder, bin: join(folder, 'bin/mainstay.cjs') };
}
