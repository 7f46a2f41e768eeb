/**
 * mainstay.yaml: from the file to the plan, the places of its values, and the difference of two plans.
 * What needs the YAML and validation libraries is loaded when it is called.
 */
import type { LoadOptions, LoadResult } from './load/index.ts';
import type { CheckKinds } from './schema/index.ts';

export { didYouMean, nearest } from './nearest.ts';
export {
  type Path,
  type Position,
  type Problem,
  type Warning,
  configError,
  describeProblem,
  formatProblem,
} from './problem.ts';
export type { CheckKind, CheckKinds } from './schema/index.ts';
export type { LoadOptions, LoadResult, Place, Places } from './load/index.ts';

/** Reads mainstay.yaml and makes the plan, or says everything that is wrong with it, in the order of the file. */
export async function loadPlan(options: LoadOptions): Promise<LoadResult> {
  return (await import('./load/index.ts')).loadPlan(options);
}

/** JSON Schema (2020-12) of mainstay.yaml. */
export async function configSchema(kinds: CheckKinds): Promise<Record<string, unknown>> {
  return (await import('./schema/index.ts')).configSchema(kinds);
}
