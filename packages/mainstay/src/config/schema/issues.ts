import { z } from 'zod';
import { didYouMean } from '../nearest.ts';
import { type Problem, type Path, formatPath } from '../problem.ts';
import { type Node, describeNode, entryAt, nearestNode, nodeAt } from '../yaml/index.ts';
import { listed } from './field.ts';

/** Keys of parts of mainstay that this version does not have. */
const LATER = new Set(['backups', 'api']);

/** Keys that people bring along from compose, with what to write instead. */
const COMPOSE: Record<string, string> = {
  image: 'mainstay runs programs of this machine: write command: [program, argument, …]',
  build: 'mainstay runs programs of this machine: write command: [program, argument, …]',
  entrypoint: 'put it in front of command',
  volumes: 'programs see the files of this machine as they are: remove it',
  networks: 'programs share the network of this machine: remove it',
  container_name: 'the name of the service is enough: remove it',
  hostname: 'programs have the name of this machine: remove it',
  expose: 'write ports',
  links: 'write depends_on',
  deploy: 'write instances for replicas',
  scale: 'write instances',
  version: 'remove it',
};

export interface IssueContext {
  file: string;
  /** The tree in which places are looked up. */
  root: Node;
  /** Where the validated value stands. */
  base: Path;
  /** A schema that is not ours, whose unknown-key issues do not say which keys are known. */
  schema?: z.ZodType;
}

/** Turns what zod found into problems with places. */
export function issueProblems(issues: readonly z.core.$ZodIssue[], context: IssueContext): Problem[] {
  return issues.flatMap((issue) => issueProblem(issue, context));
}

function issueProblem(issue: z.core.$ZodIssue, context: IssueContext): Problem[] {
  const relative = issue.path as (string | number)[];
  const path = [...context.base, ...relative];
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.message, path, relative, context);
    return issue.keys.map((key) => unknownKey(key, path, known, context));
  }
  const node = nearestNode(context.root, path);
  const problem = (reason: string, hint: string | null): Problem => {
    return { file: context.file, ...node.at, path: formatPath(node.path), reason, hint };
  };
  if (issue.code === 'invalid_union') {
    const branch = issue.errors.find(
      (errors) => !errors.some((error) => error.path.length === 0 && !isRefusal(error, node)),
    );
    if (branch !== undefined) {
      const schema = context.schema === undefined ? {} : { schema: schemaAt(context.schema, relative) };
      return issueProblems(branch, { ...context, ...schema, base: path });
    }
    const reason = isDefault(issue.message)
      ? `is not understood: ${describeNode(node)}`
      : `${issue.message}, not ${describeNode(node)}`;
    return [problem(reason, null)];
  }
  if (issue.code === 'invalid_type' && nodeAt(context.root, path) === null) {
    return [problem(`has no ${JSON.stringify(path.at(-1))}`, null)];
  }
  if (isDefault(issue.message)) return [problem(sentence(issue, node), null)];
  const hint = issue.code === 'custom' ? (issue.params?.['hint'] as string | null | undefined) : null;
  return [problem(issue.message, hint ?? null)];
}

/** A scalar that the scalar form of a union has read and refused: its message is better than the union's. */
function isRefusal(issue: z.core.$ZodIssue, node: Node): boolean {
  return issue.code === 'unrecognized_keys' || (issue.code === 'custom' && node.type === 'scalar');
}

/** Whether a message is zod's and not of somebody who wrote the schema. */
function isDefault(message: string): boolean {
  return /^(Invalid|Too (small|big))\b/.test(message);
}

function sentence(issue: z.core.$ZodIssue, node: Node): string {
  const found = describeNode(node);
  if (issue.code === 'invalid_type') return `must be ${typeName(issue.expected)}, not ${found}`;
  if (issue.code === 'invalid_value') return `must be ${listed(issue.values.map(String))}, not ${found}`;
  if (issue.code === 'too_small' && issue.origin !== 'number')
    return issue.minimum === 1 ? 'is empty' : `needs at least ${issue.minimum}`;
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}, not ${found}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}, not ${found}`;
  return `is not understood: ${found}`;
}

function typeName(type: string): string {
  if (type === 'object' || type === 'record') return 'a mapping';
  if (type === 'array') return 'a list';
  if (type === 'string') return 'text';
  if (type === 'int') return 'a whole number';
  return type === 'boolean' ? 'true or false' : `a ${type}`;
}

interface Known {
  noun: string;
  keys: string[];
}

/** What `mapping` wrote into the message; for another schema, the keys that it has there. */
function knownKeys(message: string, path: Path, relative: Path, { schema }: IssueContext): Known {
  if (schema === undefined) return JSON.parse(message) as Known;
  const here = schemaAt(schema, relative);
  const noun = String(path.findLast((step) => typeof step === 'string') ?? '');
  return { noun, keys: here instanceof z.ZodObject ? Object.keys(here.shape) : [] };
}

/** The schema of what stands at a path, without what says that it may be absent. */
function schemaAt(schema: z.ZodType, path: Path): z.ZodType {
  let here = bare(schema);
  for (const step of path) {
    if (here instanceof z.ZodObject) here = bare((here.shape[String(step)] as z.ZodType | undefined) ?? z.unknown());
    else if (here instanceof z.ZodArray) here = bare(here.element as z.ZodType);
    else return z.unknown();
  }
  return here;
}

function bare(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable
  ) {
    return bare(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodPipe) return bare(schema.in as z.ZodType);
  if (!(schema instanceof z.ZodUnion)) return schema;
  return (schema.options as z.ZodType[]).map(bare).find((option) => option instanceof z.ZodObject) ?? schema;
}

function unknownKey(key: string, path: Path, { noun, keys }: Known, { file, root }: IssueContext): Problem {
  const parent = nearestNode(root, path);
  const at = entryAt(root, [...path, key])?.at ?? parent.at;
  const guess = didYouMean(key, keys);
  const problem = { file, ...at, path: formatPath(parent.path) };
  if (guess === null && LATER.has(key)) {
    return { ...problem, reason: `"${key}" is not a key that this version knows`, hint: 'remove it' };
  }
  const instead = COMPOSE[key];
  if (guess === null && instead !== undefined) {
    return { ...problem, reason: `${JSON.stringify(key)} is a key of compose and not of mainstay`, hint: instead };
  }
  const few = keys.length > 0 && keys.length <= 16 ? `known keys: ${keys.join(', ')}` : null;
  return { ...problem, reason: `${JSON.stringify(key)} is not a key of ${noun}`, hint: guess ?? few };
}
