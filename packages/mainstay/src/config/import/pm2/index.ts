/** Reads PM2's ecosystem files: JSON, YAML, and JavaScript, which has to be run to be read. */
import { dirname, extname } from 'node:path';
import { sourceError } from '../errors.ts';
import { finish } from '../finish.ts';
import type { EnvironmentDraft } from '../finish.ts';
import { brief, Notes } from '../notes.ts';
import { entries, get, oneLine, parseTree, text } from '../tree.ts';
import type { Tree } from '../tree.ts';
import type { Imported, Source, Surroundings } from '../types.ts';
import { readApp } from './app.ts';
import { evaluate } from './evaluate.ts';
import { treeOf } from './tree.ts';

/** @throws MainstayError naming file, line and column */
export function readPm2(source: Source, around: Surroundings): Imported {
  const notes = new Notes();
  const root = load(source, notes);
  const apps = appsOf(root);
  if (apps.length === 0)
    throw sourceError(source.label, root.line, 1, 'it has no apps', 'PM2 files export { apps: [ … ] }');
  for (const [key, entry] of entries(get(root, 'apps') ? root : undefined)) {
    if (key === 'apps') continue;
    notes.dropped(
      entry.at,
      `${key}: ${brief(oneLine(entry.value))}`,
      key === 'deploy' ? 'mainstay does not copy programs to other machines' : 'mainstay.yaml has nothing like it',
      key === 'deploy'
        ? 'keep your way of deploying, and run "mainstay apply" at its end'
        : 'look whether it is needed',
    );
  }
  const environments = new Map<string, EnvironmentDraft[]>();
  const directory = dirname(source.path);
  const drafts = apps.map((app) => readApp(app, { source, directory, around, notes, environments }));
  return finish('PM2', null, drafts, notes, environments);
}

function load(source: Source, notes: Notes): Tree {
  if (!['.js', '.cjs', '.mjs'].includes(extname(source.path))) return parseTree(source);
  const { value, asked } = evaluate(source);
  notes.advice(
    `${source.label}:1`,
    'the whole file',
    'it is a program, so it was run to read it; what it computed is written as it was',
    'look for values that should differ on another day or machine',
  );
  for (const name of asked.filter((variable) => source.text.includes(variable))) {
    const line = source.text.slice(0, source.text.indexOf(name)).split('\n').length;
    notes.approximated(
      `${source.label}:${line}`,
      `process.env.${name}`,
      'the file was run without the variables of your shell',
      `write \${${name}} where its value belongs`,
    );
  }
  return treeOf(value, source);
}

function appsOf(root: Tree): Tree[] {
  const apps = get(root, 'apps') ?? root;
  const list = apps.kind === 'list' ? apps.items : [apps];
  return list.filter((app) => text(get(app, 'script')) !== null || text(get(app, 'name')) !== null);
}
