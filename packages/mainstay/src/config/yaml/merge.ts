import type { Entry, MapNode, Node } from './node.ts';

/**
 * Lays an environment over the base: mappings merge key by key, everything else replaces, and an empty
 * value (`healthcheck:`) removes the key.
 */
export function overlay(base: MapNode, over: MapNode): MapNode {
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    if (entry.node.type === 'scalar' && entry.node.value === null) {
      entries.delete(key);
      continue;
    }
    const before = entries.get(key);
    entries.set(key, before === undefined ? entry : { at: entry.at, node: merged(key, before.node, entry.node) });
  }
  return { ...base, entries };
}

/** `before`'s place is kept for what an error is about as a whole; its parts keep their own. */
function merged(key: string, before: Node, after: Node): Node {
  const [a, b] = key === 'environment' ? [variablesAsMap(before), variablesAsMap(after)] : [before, after];
  return a.type === 'map' && b.type === 'map' ? overlay(a, b) : b;
}

/** The list form of `environment` (`- NAME=value`) as a mapping, so that both forms merge alike. */
export function variablesAsMap(node: Node): Node {
  if (node.type !== 'list') return node;
  const entries = new Map<string, Entry>();
  for (const item of node.items) {
    if (item.type !== 'scalar' || item.value === null) return node;
    const equals = item.text.indexOf('=');
    const name = equals === -1 ? item.text : item.text.slice(0, equals);
    if (entries.has(name)) return node;
    const value = equals === -1 ? null : item.text.slice(equals + 1);
    entries.set(name, { at: item.at, node: { ...item, value, text: value ?? '' } });
  }
  return { type: 'map', at: node.at, path: node.path, entries };
}
