import type { Place, Tree } from '../tree.ts';
import type { Source } from '../types.ts';

/**
 * A value that a program exported, as a tree. Its lines are found by looking for `key:` in the text,
 * in order, from the line of what it stands in; what is computed has the line of its surroundings.
 */
export function treeOf(value: unknown, source: Source): Tree {
  const lines = source.text.split('\n');
  const place = (line: number): Place => ({ line, at: `${source.label}:${line}` });
  const find = (key: string, from: number): number => {
    const word = new RegExp(String.raw`(?:^|[\s{,'"])${key.replace(/[^\w-]/g, '.')}['"]?\s*:`);
    const found = lines.findIndex((line, index) => index + 1 >= from && word.test(line));
    return found < 0 ? from : found + 1;
  };
  const build = (part: unknown, line: number): Tree => {
    if (Array.isArray(part)) {
      let from = line;
      const items = part.map((item) => {
        from = startOf(item, from, lines) ?? from;
        return build(item, from);
      });
      return { kind: 'list', ...place(line), items };
    }
    if (typeof part === 'object' && part !== null) {
      const entries = Object.entries(part).map(([key, item]) => {
        const at = find(key, line);
        return [key, { ...place(at), value: build(item, at) }] as const;
      });
      return { kind: 'map', ...place(line), entries: new Map(entries) };
    }
    const empty = part === null || part === undefined;
    return {
      kind: 'scalar',
      ...place(line),
      text: empty ? '' : String(part as string | number | boolean),
      empty,
    };
  };
  return build(value, 1);
}

/** The line on which an app begins: where its name, or else its script, stands as a literal. */
function startOf(item: unknown, from: number, lines: string[]): number | null {
  if (typeof item !== 'object' || item === null) return null;
  for (const key of ['name', 'script'] as const) {
    const value = (item as Record<string, unknown>)[key];
    if (typeof value !== 'string') continue;
    const found = lines.findIndex((line, index) => index + 1 >= from && line.includes(key) && line.includes(value));
    if (found >= 0) return found + 1;
  }
  return null;
}
