import type { Node, ScalarNode } from '../yaml/index.ts';

/** What to do with the scalars of a part of the file. */
export interface Region {
  /** Numbers and the like become the text that was written: `1.10` in a command is no number. */
  text: boolean;
  /** An empty value is kept as null instead of counting as not written. */
  keepNull: boolean;
}

export const TYPED: Region = { text: false, keepNull: false };

/** Turns nodes into plain values. `regionOf` and `scalar` get the path below the node that was given. */
export interface Conversion {
  regionOf(path: readonly string[]): Region;
  /** The value of a text scalar. */
  string(node: ScalarNode, path: readonly string[]): string;
}

export function toValue(node: Node, conversion: Conversion, path: readonly string[] = []): unknown {
  if (node.type === 'list') {
    return node.items.map((item, index) => toValue(item, conversion, [...path, String(index)]));
  }
  if (node.type === 'map') {
    const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [key, { node: inner }] of node.entries) {
      const below = [...path, key];
      if (inner.type === 'scalar' && inner.value === null && !conversion.regionOf(below).keepNull) {
        continue;
      }
      value[key] = toValue(inner, conversion, below);
    }
    return value;
  }
  if (node.value === null) return null;
  const { text } = conversion.regionOf(path);
  if (typeof node.value === 'string') return conversion.string(node, path);
  // YAML 1.2 reads 022 as 22 and 0o22 as 18; a person means the digits.
  if (text || /^[-+]?0[\do]/.test(node.text)) return node.text;
  return node.value;
}
