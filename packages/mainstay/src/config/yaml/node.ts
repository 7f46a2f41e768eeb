import type { Path, Position } from '../problem.ts';

/**
 * YAML with the place of every key and value, aliases and merge keys resolved. `path` is where the
 * node was written: a value that came from `environments` says so.
 */
export type Node = ScalarNode | MapNode | ListNode;

export interface ScalarNode {
  type: 'scalar';
  at: Position;
  path: Path;
  value: string | number | boolean | null;
  /** As written: `0022`, `1.10`, `yes`. */
  text: string;
}

export interface MapNode {
  type: 'map';
  at: Position;
  path: Path;
  entries: Map<string, Entry>;
}

export interface Entry {
  /** Of the key. */
  at: Position;
  node: Node;
}

export interface ListNode {
  type: 'list';
  at: Position;
  path: Path;
  items: Node[];
}

/** The node at a path, or null. */
export function nodeAt(root: Node, path: Path): Node | null {
  let node: Node = root;
  for (const step of path) {
    const next: Node | undefined =
      node.type === 'map'
        ? node.entries.get(String(step))?.node
        : node.type === 'list' && typeof step === 'number'
          ? node.items[step]
          : undefined;
    if (next === undefined) return null;
    node = next;
  }
  return node;
}

/** The entry of a key, or null. */
export function entryAt(root: Node, path: Path): Entry | null {
  const key = path.at(-1);
  const parent = nodeAt(root, path.slice(0, -1));
  if (parent === null || key === undefined) return null;
  if (parent.type === 'map') return parent.entries.get(String(key)) ?? null;
  const item = parent.type === 'list' && typeof key === 'number' ? parent.items[key] : undefined;
  return item === undefined ? null : { at: item.at, node: item };
}

/** The deepest node that exists on the way to a path. */
export function nearestNode(root: Node, path: Path): Node {
  for (let length = path.length; length > 0; length -= 1) {
    const node = nodeAt(root, path.slice(0, length));
    if (node !== null) return node;
  }
  return root;
}

/** How a node is named in a message: text in quotes, `a list` … */
export function describeNode(node: Node): string {
  if (node.type === 'map') return 'a mapping';
  if (node.type === 'list') return 'a list';
  if (node.value === null) return 'nothing';
  return typeof node.value === 'string' ? JSON.stringify(node.text) : node.text;
}
