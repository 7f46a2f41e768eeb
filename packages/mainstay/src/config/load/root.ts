/** The top of a file: reading it, and the names in it. */
import path from 'node:path';
import { type Problem, formatPath } from '../problem.ts';
import { parseName } from '../values/index.ts';
import { type MapNode, type Node, parseYaml } from '../yaml/index.ts';
import { readFailure, readText } from './files.ts';
import type { Report } from './report.ts';

/** The mapping that a file is, without what is the person's own; or why there is none. */
export async function readRoot(
  file: string,
): Promise<{ root: MapNode; problems: Problem[] } | { problems: Problem[] }> {
  const whole = (reason: string, hint: string | null): { problems: Problem[] } => ({
    problems: [{ file, line: null, column: null, path: '', reason, hint }],
  });
  let text: string;
  try {
    text = await readText(file);
  } catch (error) {
    const { code, reason } = readFailure(error);
    return whole(reason, code === 'ENOENT' ? 'run `mainstay init` to write one' : null);
  }
  const { root, problems } = parseYaml(file, text);
  if (root === null) return { problems };
  if (root.type === 'scalar' && root.value === null)
    return whole('the file is empty', 'run `mainstay init --force` to write one');
  if (root.type !== 'map') {
    return {
      problems: [{ file, ...root.at, path: '', reason: 'must be a mapping of keys', hint: 'start with services:' }],
    };
  }
  return { root: withoutExtensions(root), problems };
}

/** Keys that start with `x-` are the person's own: a place for anchors. */
function withoutExtensions(root: MapNode): MapNode {
  return { ...root, entries: new Map([...root.entries].filter(([key]) => !key.startsWith('x-'))) };
}

/** Reports what cannot be a name. */
export function checkName(name: string, at: readonly string[], report: Report): void {
  const parsed = parseName(name);
  if ('reason' in parsed)
    report.add({ ...report.key(at), path: formatPath(at.slice(0, -1)) }, parsed.reason, parsed.hint);
}

/** A name for a project that has none: the directory's, with what a name cannot hold replaced. */
export function projectName(directory: string): string {
  const name = path
    .basename(directory)
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? 'project' : name.slice(0, 63);
}

/** The keys of a mapping; none of anything else. */
export function mapKeys(node: Node | null): string[] {
  return node?.type === 'map' ? [...node.entries.keys()] : [];
}

/** A file in which nothing stands. */
export function emptyMap(): MapNode {
  return { type: 'map', at: { line: 1, column: 1 }, path: [], entries: new Map() };
}
