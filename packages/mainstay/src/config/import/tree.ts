import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, YAMLMap } from 'yaml';
import { sourceError } from './errors.ts';
import type { Source } from './types.ts';

/** A YAML or JSON value with the line it stands on; aliases and merge keys are resolved. */
export type Tree =
  | (Place & { kind: 'scalar'; text: string; empty: boolean })
  | (Place & { kind: 'list'; items: Tree[] })
  | (Place & { kind: 'map'; entries: Map<string, Entry> });

/** Where something stands. */
export interface Place {
  line: number;
  /** `file:line` */
  at: string;
}

/** A value of a map, with the place of its key. */
export interface Entry extends Place {
  value: Tree;
}

/** More values than any file of a supervisor has: aliases of aliases grow without bounds. */
const MOST_VALUES = 200_000;

/**
 * Parses YAML (of which JSON is a subset), keeping lines and the spelling of scalars.
 * @throws MainstayError naming file, line and column when the text is not YAML
 */
export function parseTree(source: Source): Tree {
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines, merge: true, uniqueKeys: true });
  const fault = document.errors[0];
  if (fault) {
    const { line, col } = lines.linePos(fault.pos[0]);
    const why = fault.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'it is not YAML';
    throw sourceError(source.label, line, col, why.charAt(0).toLowerCase() + why.slice(1));
  }
  return new Builder(document, lines, source).tree(document.contents as Node | null, 1, new Set());
}

class Builder {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #source: Source;
  #count = 0;

  constructor(document: Document, lines: LineCounter, source: Source) {
    this.#document = document;
    this.#lines = lines;
    this.#source = source;
  }

  /** @param open nodes that contain this one, so that an alias of one of them ends */
  tree(node: Node | null, line: number, open: ReadonlySet<Node>): Tree {
    this.#count += 1;
    if (this.#count > MOST_VALUES) throw sourceError(this.#source.label, line, 1, 'its aliases make too many values');
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      return target && !open.has(target) ? this.tree(target, line, open) : this.#empty(line);
    }
    const place = this.#place(node, line);
    if (isMap(node))
      return { kind: 'map', ...place, entries: this.#entries(node, place.line, new Set(open).add(node)) };
    if (isSeq(node)) {
      const inside = new Set(open).add(node);
      return {
        kind: 'list',
        ...place,
        items: node.items.map((item) => this.tree(item as Node | null, place.line, inside)),
      };
    }
    if (!isScalar(node) || node.value === null) return this.#empty(place.line);
    const spelling = typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    return { kind: 'scalar', ...place, text: spelling, empty: false };
  }

  #entries(map: YAMLMap, line: number, open: ReadonlySet<Node>): Map<string, Entry> {
    const found = new Map<string, Entry>();
    const merged: Tree[] = [];
    for (const pair of map.items) {
      const node = pair.key as Node | null;
      const key = isScalar(node) ? String(node.source ?? node.value) : String(node);
      const place = this.#place(node, line);
      const value = this.tree(pair.value as Node | null, place.line, open);
      if (key === '<<') merged.push(...(value.kind === 'list' ? value.items : [value]));
      else found.set(key, { ...place, value });
    }
    for (const [key, entry] of merged.flatMap(entries)) if (!found.has(key)) found.set(key, entry);
    return found;
  }

  #place(node: Node | null, otherwise: number): Place {
    const line = node?.range ? this.#lines.linePos(node.range[0]).line : otherwise;
    return { line, at: `${this.#source.label}:${line}` };
  }

  #empty(line: number): Tree {
    return { kind: 'scalar', line, at: `${this.#source.label}:${line}`, text: '', empty: true };
  }
}

/** The text of a scalar; null for anything else, and for an empty value. */
export function text(tree: Tree | undefined): string | null {
  return tree?.kind === 'scalar' && !tree.empty ? tree.text : null;
}

/** The texts of a list of scalars, or of one scalar. */
export function texts(tree: Tree | undefined): string[] {
  if (tree?.kind === 'list') return tree.items.map(text).filter((item) => item !== null);
  const one = text(tree);
  return one === null ? [] : [one];
}

/** A value of a map, or undefined. */
export function get(tree: Tree | undefined, ...path: string[]): Tree | undefined {
  let here = tree;
  for (const key of path) here = here?.kind === 'map' ? here.entries.get(key)?.value : undefined;
  return here;
}

/** The entries of a map; empty for anything else. */
export function entries(tree: Tree | undefined): [string, Entry][] {
  return tree?.kind === 'map' ? [...tree.entries] : [];
}

/** A value on one line, as a note quotes it. */
export function oneLine(tree: Tree): string {
  if (tree.kind === 'scalar') return tree.text;
  if (tree.kind === 'list') return `[${tree.items.map(oneLine).join(', ')}]`;
  return `{ ${[...tree.entries].map(([key, entry]) => `${key}: ${oneLine(entry.value)}`).join(', ')} }`;
}
