// What the rules need to know of one source file: what it imports, which globals it uses, how long it is.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Visitor, parseSync } from 'oxc-parser';
import { placeOf } from './places.ts';
import type { Place } from './places.ts';

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Where a relative import leads; null for packages and node: modules. */
  readonly target: Place | null;
  /** Nothing of it is there at run time. */
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
  readonly line: number;
}

export interface Source extends Place {
  readonly imports: readonly Import[];
  /** Globals used as values, such as Date or Math.random. */
  readonly globals: readonly { readonly name: string; readonly line: number }[];
  /** Lines of top-level await. */
  readonly awaits: readonly number[];
  readonly lines: number;
  /** Peer dependencies of its package: what its users install themselves. */
  readonly peers: ReadonlySet<string>;
}

/** Globals that decisions must not use. */
const IMPURE = new Set(
  (
    'Date performance Temporal setTimeout setInterval setImmediate queueMicrotask Math.random crypto ' +
    'process fetch console Buffer globalThis'
  ).split(' '),
);

/** Reads and parses one file. A file that does not parse is the type checker's to report. */
export function readSource(root: string, path: string, peers: ReadonlySet<string>): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const { program, module } = parseSync(path, text);
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  const imports: Import[] = [];
  const add = (specifier: string, offset: number, typeOnly: boolean, dynamic = false): void => {
    const target = specifier.startsWith('.') ? placeOf(relative('', join(dirname(path), specifier))) : null;
    imports.push({ specifier, target, typeOnly, dynamic, line: lineAt(offset) });
  };

  for (const { moduleRequest, entries, start } of module.staticImports) {
    const typeOnly = entries.length > 0 && entries.every((entry) => entry.isType);
    add(moduleRequest.value, start, typeOnly);
  }
  for (const { entries, start } of module.staticExports) {
    const from = entries.find((entry) => entry.moduleRequest !== null)?.moduleRequest;
    if (from)
      add(
        from.value,
        start,
        entries.every((entry) => entry.isType),
      );
  }

  const globals: { name: string; line: number }[] = [];
  const declared = new Set<string>();
  const skip = new Set<number>();
  const awaits: number[] = [];
  let depth = 0;
  const enter = (): void => void depth++;
  const leave = (): void => void depth--;
  const awaitAt = (start: number): void => void (depth === 0 && awaits.push(lineAt(start)));
  new Visitor({
    FunctionDeclaration: enter,
    'FunctionDeclaration:exit': leave,
    FunctionExpression: enter,
    'FunctionExpression:exit': leave,
    ArrowFunctionExpression: enter,
    'ArrowFunctionExpression:exit': leave,
    AwaitExpression: (node) => awaitAt(node.start),
    ForOfStatement: (node) => void (node.await && awaitAt(node.start)),
    VariableDeclaration: (node) => void (node.kind === 'await using' && awaitAt(node.start)),
    ImportExpression: (node) => {
      if (node.source.type === 'Literal') add(String(node.source.value), node.start, false, true);
    },
    TSImportType: (node) => add(String(node.source.value), node.start, true),
    VariableDeclarator: (node) => void (node.id.type === 'Identifier' && declared.add(node.id.name)),
    NewExpression: (node) => {
      const now = node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0;
      if (now) globals.push({ name: 'new Date()', line: lineAt(node.start) });
    },
    MemberExpression: (node) => {
      if (!node.computed) skip.add(node.property.start);
      if (node.object.type === 'Identifier' && node.property.type === 'Identifier') {
        const name = `${node.object.name}.${node.property.name}`;
        if (IMPURE.has(name) || name === 'Date.now') globals.push({ name, line: lineAt(node.start) });
      }
    },
    Property: (node) => void (!node.computed && !node.shorthand && skip.add(node.key.start)),
    PropertyDefinition: (node) => void (!node.computed && skip.add(node.key.start)),
    MethodDefinition: (node) => void (!node.computed && skip.add(node.key.start)),
    TSPropertySignature: (node) => void skip.add(node.key.start),
    TSMethodSignature: (node) => void skip.add(node.key.start),
    TSTypeReference: (node) => void skip.add(node.typeName.start),
    Identifier: (node) => {
      if (IMPURE.has(node.name) && !skip.has(node.start)) globals.push({ name: node.name, line: lineAt(node.start) });
    },
  }).visit(program);

  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return {
    ...placeOf(path),
    imports,
    globals: globals.filter(({ name }) => !declared.has(name)),
    awaits,
    lines,
    peers,
  };
}
