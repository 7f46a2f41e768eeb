/** From the text of mainstay.yaml to the plan, or to everything that is wrong with it. */
export { type LoadOptions, type LoadResult, loadPlan } from './load.ts';
export type { Place, Places } from './report.ts';
export { checkOfWords, type CheckWords } from './words.ts';
