// The licences of mainstay and of every package inside the bundle, as those licences ask for.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param inputs source files of the bundle
 * @throws Error when a bundled package has no licence text: it must not be shipped
 */
export function writeLicences(root: string, inputs: readonly string[], path: string): void {
  const folders = new Set<string>();
  for (const input of inputs) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
    if (folder) folders.add(folder);
  }
  const texts = [`mainstay\n\n${readFileSync(join(root, 'LICENSE'), 'utf8')}`];
  for (const folder of [...folders].toSorted()) {
    const [file] = globSync('{LICENSE,LICENCE,license}*', { cwd: folder });
    const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
    const { name, version } = JSON.parse(manifest) as { name: string; version: string };
    if (file === undefined) throw new Error(`cannot ship ${name}: ${folder} has no licence text`);
    texts.push(`${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8')}`);
  }
  writeFileSync(path, texts.map((text) => text.trim()).join(`\n\n${'-'.repeat(80)}\n\n`) + '\n');
}
