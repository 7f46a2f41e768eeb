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
    const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
    const { name, version } = JSON.parse(manifest) as { name: string; version: string };
    const text = licenceOf(folder);
    if (text === null) throw new Error(`cannot ship ${name}: ${folder} has no licence text`);
    texts.push(`${name} ${version}\n\n${text}`);
  }
  writeFileSync(path, texts.map((text) => text.trim()).join(`\n\n${'-'.repeat(80)}\n\n`) + '\n');
}

/** A file of its own, or what the readme says under that heading; null when there is neither. */
function licenceOf(folder: string): string | null {
  const [file] = globSync('{LICENSE,LICENCE,license}*', { cwd: folder });
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8');
  const [readme] = globSync('README*', { cwd: folder });
  const section =
    readme === undefined
      ? null
      : /^#+ licen[cs]e\s*$([\s\S]*?)(?=^#|(?![\s\S]))/im.exec(readFileSync(join(folder, readme), 'utf8'));
  const text = section?.[1]?.trim() ?? '';
  return /permission/i.test(text) ? text : null;
}
