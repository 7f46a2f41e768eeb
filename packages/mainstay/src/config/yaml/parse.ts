import {
  type Document,
  type Node as YamlNode,
  type Pair,
  type YAMLMap,
  type YAMLParseError,
  LineCounter,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
} from 'yaml';
import { formatPath, type Path, type Position, type Problem } from '../problem.ts';
import type { Entry, ListNode, MapNode, Node, ScalarNode } from './node.ts';

/** Far above any real file, far below what a chain of aliases can grow to. */
const MAX_NODES = 100_000;

/**
 * Reads YAML 1.2 (with merge keys) into located nodes. `root` is null when the text is not YAML; an
 * empty text is a scalar `null`.
 */
export function parseYaml(file: string, text: string): { root: Node | null; problems: Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, version: '1.2' });
  const found = [...document.errors, ...document.warnings].map((error) => syntaxProblem(file, text, lines, error));
  // What follows on the same line is mostly a consequence of the first.
  const problems = found.filter((problem, index) => found.findIndex(({ line }) => line === problem.line) === index);
  if (problems.length > 0) return { root: null, problems };
  const reader = new Reader(file, document, lines);
  const root = reader.read(document.contents, []);
  return { root, problems: reader.problems };
}

function syntaxProblem(file: string, text: string, lines: LineCounter, error: YAMLParseError | Error): Problem {
  const offset = 'pos' in error ? error.pos[0] : 0;
  const { line, col } = lines.linePos(offset);
  const code = 'code' in error ? error.code : '';
  const message = error.message.split('\n', 1)[0] ?? '';
  const problem = { file, line, column: Math.max(col, 1), path: '' };
  const indent = (text.split('\n')[line - 1] ?? '').match(/^\s*/)?.[0] ?? '';
  if (code === 'TAB_AS_INDENT' || indent.includes('\t')) {
    return {
      ...problem,
      reason: 'the line is indented with a tab',
      hint: 'indent with spaces: YAML allows no tabs there',
    };
  }
  if (code === 'MULTIPLE_DOCS') {
    return {
      ...problem,
      reason: 'a second document starts here',
      hint: 'write one document a file, without "---" inside it',
    };
  }
  if (code === 'TAG_RESOLVE_FAILED')
    return { ...problem, reason: 'this tag is not known', hint: 'write the value without "!"' };
  const missing = /end with an? (.)$/.exec(message)?.[1];
  if (missing !== undefined) return { ...problem, reason: `a "${missing}" is missing`, hint: null };
  return { ...problem, reason: `this is not YAML: ${lowerFirst(message)}`, hint: null };
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? (text[0] ?? '').toLowerCase() + text.slice(1) : text;
}

/** Turns the library's tree into located nodes. */
class Reader {
  readonly problems: Problem[] = [];
  private readonly file: string;
  private readonly document: Document;
  private readonly lines: LineCounter;
  /** Anchored nodes being read: an alias to one of them would have no end. */
  private readonly open = new Set<YamlNode>();
  private count = 0;

  constructor(file: string, document: Document, lines: LineCounter) {
    this.file = file;
    this.document = document;
    this.lines = lines;
  }

  read(node: YamlNode | null | undefined, path: Path): Node {
    const at = this.position(node?.range?.[0]);
    this.count += 1;
    if (this.count === MAX_NODES)
      this.problem(at, path, 'aliases make the file too large', 'write fewer aliases of aliases');
    if (this.count >= MAX_NODES || node === null || node === undefined) return nothing(at, path);
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (target === undefined) {
        this.problem(at, path, `there is no anchor &${node.source}`, 'write the anchor before what refers to it');
        return nothing(at, path);
      }
      if (this.open.has(target)) {
        this.problem(at, path, `*${node.source} stands inside what it stands for`, 'remove one of the two');
        return nothing(at, path);
      }
      return this.read(target, path);
    }
    this.open.add(node);
    const read = this.readOwn(node, at, path);
    this.open.delete(node);
    return read;
  }

  private readOwn(node: YamlNode, at: Position, path: Path): Node {
    if (isMap(node)) return this.map(node, at, path);
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.read(item as YamlNode | null, [...path, index]));
      return { type: 'list', at, path, items } satisfies ListNode;
    }
    return scalar(node, at, path);
  }

  private map(node: YAMLMap, at: Position, path: Path): MapNode {
    const entries = new Map<string, Entry>();
    const merged: Entry[] = [];
    for (const pair of node.items as Pair<YamlNode, YamlNode | null>[]) {
      const keyAt = this.position(pair.key.range?.[0]);
      const key = isScalar(pair.key) ? keyText(pair.key) : null;
      if (key === null) this.problem(keyAt, path, 'a key must be text', 'put the key in quotes');
      else if (key === '<<') merged.push({ at: keyAt, node: this.read(pair.value, path) });
      else if (entries.has(key)) {
        this.problem(keyAt, path, `${JSON.stringify(key)} is given twice`, 'remove one of the two');
      } else entries.set(key, { at: keyAt, node: this.read(pair.value, [...path, key]) });
    }
    for (const source of merged) this.merge(entries, source, path);
    return { type: 'map', at, path, entries };
  }

  /** `<<: *anchor` or `<<: [*a, *b]`: what is there already, and the earlier of a list, wins. */
  private merge(entries: Map<string, Entry>, source: Entry, path: Path): void {
    const nodes = source.node.type === 'list' ? source.node.items : [source.node];
    for (const node of nodes) {
      if (node.type !== 'map') {
        this.problem(source.at, path, '"<<" must name a mapping', 'write <<: *anchor');
        continue;
      }
      for (const [key, entry] of node.entries) if (!entries.has(key)) entries.set(key, entry);
    }
  }

  private position(offset: number | undefined): Position {
    if (offset === undefined) return { line: 1, column: 1 };
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  private problem(at: Position, path: Path, reason: string, hint: string): void {
    this.problems.push({ file: this.file, ...at, path: formatPath(path), reason, hint });
  }
}

function nothing(at: Position, path: Path): ScalarNode {
  return { type: 'scalar', at, path, value: null, text: '' };
}

function keyText(node: { value: unknown; source?: string | undefined }): string | null {
  if (node.value === null) return null;
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

function scalar(node: YamlNode, at: Position, path: Path): ScalarNode {
  const value: unknown = isScalar(node) ? node.value : null;
  const source = isScalar(node) ? node.source : undefined;
  if (typeof value === 'number' || typeof value === 'boolean') {
    return { type: 'scalar', at, path, value, text: source ?? String(value) };
  }
  if (value === null || value === undefined) return { type: 'scalar', at, path, value: null, text: source ?? '' };
  return { type: 'scalar', at, path, value: String(value), text: String(value) };
}
