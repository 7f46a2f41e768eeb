import type { ZodObject } from 'zod';
import type { Observation, ProbeContext } from '../../ports/index.ts';

/** What the module of a kind's probe exports. It must not load zod: the daemon runs it. */
export interface CheckRunner {
  /** `target` is what the kind's schema made of the file, with templates expanded. What goes wrong is an observation. */
  run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation>;
}

/** One kind of check: everything that configuration, completion and reference derive from it. */
export interface CheckDefinition {
  /** The key in mainstay.yaml. */
  kind: string;
  /** A few words, for lists. */
  title: string;
  /** One or more sentences for the reference: what passes, what fails, what stays unknown. */
  description: string;
  /** The target's keys; each carries a description. Keys other than `shorthand` may stand beside the kind's key in the file. */
  schema: ZodObject;
  /** The key that a bare value stands for: `http: "http://…"` is `http: { url: "http://…" }`. */
  shorthand: string;
  /** Examples for the reference, as YAML. */
  examples: string[];
  run: () => Promise<CheckRunner>;
}

/** States the shape; the value is the kind. */
export function defineCheck(definition: CheckDefinition): CheckDefinition {
  return definition;
}

/**
 * The target as the schema expects it, from the value of the kind's key and from the keys that stand beside it:
 * `{ http: "http://…", expect: { status: 200 } }`. A bare value is the shorthand's; keys inside win nothing over keys
 * beside, they are one set (`twice` names a key given in both places).
 */
export function targetOf(
  definition: Pick<CheckDefinition, 'schema' | 'shorthand'>,
  value: unknown,
  beside: Record<string, unknown>,
): { target: Record<string, unknown>; twice: string[] } {
  const bare = typeof value !== 'object' || value === null || Array.isArray(value);
  const inside = bare ? { [definition.shorthand]: value } : (value as Record<string, unknown>);
  const known = Object.keys(definition.schema.shape);
  const outside = Object.fromEntries(Object.entries(beside).filter(([key]) => known.includes(key)));
  const twice = Object.keys(outside).filter((key) => Object.hasOwn(inside, key));
  return { target: { ...outside, ...inside }, twice };
}
