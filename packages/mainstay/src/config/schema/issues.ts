import type { z } from 'zod';
import { didYouMean } from '../nearest.ts';
import { type Problem, type Path, formatPath } from '../problem.ts';
import { type Node, describeNode, entryAt, nearestNode } from '../yaml/index.ts';

/** Keys that DESIGN has and this version has not. */
const LATER = new Set(['checks', 'alerts', 'backups', 'api', 'monitor', 'container', 'unit', 'resources']);

/** Turns what zod found into problems with places. `base` is where the validated value stands. */
export function issueProblems(
  file: string,
  root: Node,
  issues: readonly z.core.$ZodIssue[],
  base: Path = [],
): Problem[] {
  return issues.flatMap((issue) => issueProblem(file, root, issue, [...base, ...(issue.path as (string | number)[])]));
}

function issueProblem(file: string, root: Node, issue: z.core.$ZodIssue, path: Path): Problem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(file, root, issue.message, path, key));
  const node = nearestNode(root, path);
  if (issue.code === 'invalid_union') {
    const branch = issue.errors.find(
      (errors) => !errors.some((error) => error.path.length === 0 && !isRefusal(error, node)),
    );
    if (branch !== undefined) return issueProblems(file, root, branch, path);
    return [problem(file, node, `${issue.message}, not ${describeNode(node)}`, null)];
  }
  if (issue.code === 'invalid_type')
    return [problem(file, node, `must be ${expected(issue.expected)}, not ${describeNode(node)}`, null)];
  const hint = issue.code === 'custom' ? (issue.params?.['hint'] as string | null | undefined) : null;
  return [problem(file, node, issue.message, hint ?? null)];
}

/** A scalar that the scalar form of a union has read and refused: its message is better than the union's. */
function isRefusal(issue: z.core.$ZodIssue, node: Node): boolean {
  return issue.code === 'unrecognized_keys' || (issue.code === 'custom' && node.type === 'scalar');
}

function expected(type: string): string {
  if (type === 'object' || type === 'record') return 'a mapping';
  return type === 'array' ? 'a list' : type === 'string' ? 'text' : `a ${type}`;
}

function problem(file: string, node: Node, reason: string, hint: string | null): Problem {
  return { file, ...node.at, path: formatPath(node.path), reason, hint };
}

function unknownKey(file: string, root: Node, message: string, path: Path, key: string): Problem {
  const { noun, keys } = JSON.parse(message) as { noun: string; keys: string[] };
  const parent = nearestNode(root, path);
  const at = entryAt(root, [...path, key])?.at ?? parent.at;
  const hint = didYouMean(key, keys);
  const known = hint === null && LATER.has(key);
  return {
    file,
    ...at,
    path: formatPath(parent.path),
    reason: known ? `"${key}" is not a key that this version knows` : `${JSON.stringify(key)} is not a key of ${noun}`,
    hint: known ? 'remove it' : (hint ?? (keys.length <= 8 ? `known keys: ${keys.join(', ')}` : null)),
  };
}
