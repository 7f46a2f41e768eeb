import type { ZodObject } from 'zod';
import type { Observation, ProbeContext } from '../../ports/index.ts';

/** What the module of a kind's probe exports. It must not load zod: the daemon runs it. */
export interface CheckRunner {
  /** `target` is what the kind's schema made of the file, with templates expanded. What goes wrong is an observation. */
  run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation>;
}

/** One kind of check, as its folder states it. */
export interface CheckKind {
  /** The key in mainstay.yaml. */
  kind: string;
  /** A few words, for lists. */
  title: string;
  /** One or more sentences for the reference: what passes, what fails, what stays unknown. */
  description: string;
  /** The target's keys; each carries a description. */
  schema: ZodObject;
  /** The key that a bare value stands for: `http: "http://…"` is `http: { url: "http://…" }`. */
  main: string;
  /** Examples for the reference, as YAML. */
  examples: string[];
  run: () => Promise<CheckRunner>;
}

/** A kind with what follows from its statement: everything that configuration, completion and reference need. */
export interface CheckDefinition extends CheckKind {
  /** The target that a bare value stands for. */
  shorthand: (value: unknown) => Record<string, unknown>;
}

export function defineCheck(kind: CheckKind): CheckDefinition {
  return { ...kind, shorthand: (value) => ({ [kind.main]: value }) };
}
