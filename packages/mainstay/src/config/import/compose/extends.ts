import { dirname, join } from 'node:path';
import { sourceError } from '../errors.ts';
import type { Notes } from '../notes.ts';
import { get, parseTree, text } from '../tree.ts';
import type { Entry, Tree } from '../tree.ts';
import type { Source, Surroundings } from '../types.ts';

interface Extending {
  source: Source;
  tree: Tree;
  services: Tree;
  around: Surroundings;
  notes: Notes;
}

/** Keys whose value replaces the one that is extended (Compose specification, Merge). */
const REPLACED = new Set(['command', 'entrypoint', 'test']);

/**
 * A service together with what it extends.
 * @throws MainstayError when the service or the file does not exist, or services extend each other
 */
export function resolveExtends(from: Extending, path: string[]): Tree {
  const wanted = get(from.tree, 'extends');
  if (!wanted) return from.tree;
  const name = text(wanted) ?? text(get(wanted, 'service')) ?? '';
  const file = text(get(wanted, 'file'));
  const fail = (why: string) => sourceError(from.source.label, wanted.line, 1, why);
  const other = file === null ? { source: from.source, services: from.services } : otherFile(from, file, fail);
  const id = `${file ?? ''}#${name}`;
  if (path.includes(id) || (file === null && path[0] === name)) throw fail(`"${name}" extends itself`);
  const base = get(other.services, name);
  if (!base) throw fail(`there is no service "${name}" to extend`);
  const resolved = resolveExtends({ ...from, ...other, tree: base }, [...path, id]);
  const own = withoutExtends(from.tree);
  if (file !== null) {
    from.notes.approximated(
      wanted.at,
      `extends ${file}`,
      'relative paths in it are relative to that file',
      'check the paths of this service',
    );
  }
  return merge(resolved, own);
}

function otherFile(from: Extending, file: string, fail: (why: string) => Error): { source: Source; services: Tree } {
  const path = join(dirname(from.source.path), file);
  const found = from.around.read(path);
  if (found === null) throw fail(`"${file}" cannot be read`);
  const source = { path, label: from.around.label(path), text: found };
  const services = get(parseTree(source), 'services');
  if (!services) throw fail(`"${file}" has no services`);
  return { source, services };
}

function withoutExtends(tree: Tree): Tree {
  if (tree.kind !== 'map') return tree;
  return { ...tree, entries: new Map([...tree.entries].filter(([key]) => key !== 'extends')) };
}

function merge(base: Tree, over: Tree, key = ''): Tree {
  if (base.kind === 'map' && over.kind === 'map') {
    const merged = new Map<string, Entry>(base.entries);
    for (const [name, entry] of over.entries) {
      const old = merged.get(name);
      merged.set(name, old ? { ...entry, value: merge(old.value, entry.value, name) } : entry);
    }
    return { ...over, entries: merged };
  }
  if (base.kind === 'list' && over.kind === 'list' && !REPLACED.has(key)) {
    return { ...over, items: [...base.items, ...over.items] };
  }
  return over;
}
