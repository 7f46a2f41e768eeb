import type { ZodObject } from 'zod';
import { LATENCY, type Measure } from '../../core/check/measure.ts';
import type { Observation, ProbeContext } from '../../ports/index.ts';

export { LATENCY };

/** What the module of a kind's probe exports. It must not load zod: the daemon runs it. */
export interface CheckRunner {
  /** `target` is what the kind's schema made of the file, with templates expanded. What goes wrong is an observation. */
  run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation>;
}

/** One kind of check: everything that configuration, completion and reference need of it. */
export interface CheckDefinition {
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
  /**
   * The numbers in an observation's `data` that thresholds can be set for. A threshold is for the first one of its unit, or for the one it
   * names. Core compares: the kind says `pass` and the numbers. A number that is missing is compared with nothing.
   */
  measured?: readonly Measure[];
  /** Failures in a row that count where the file says nothing; absent: as many as for other kinds. */
  retries?: number;
  /** Others report to it: only a check of its own can be one, and only the daemon knows how it stands. */
  pushed?: true;
  /** Examples for the reference, as YAML. */
  examples: string[];
  run: () => Promise<CheckRunner>;
}

/** States the shape of a definition. */
export function defineCheck(definition: CheckDefinition): CheckDefinition {
  return definition;
}
