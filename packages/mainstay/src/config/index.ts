/**
 * mainstay.yaml: from the file to the plan with the places of its values, its checks against this
 * machine, its schema, and what is shown of it. This loads the YAML and validation libraries: import it
 * when a file is to be read. The difference of two plans needs none of them and is in `diff/`.
 */
export { didYouMean, nearest } from './nearest.ts';
export * from './problem.ts';
export * from './load/index.ts';
export * from './machine/index.ts';
export {
  type CheckKind,
  type CheckKinds,
  type NotifierKinds,
  configSchema,
  configurationReference,
} from './schema/index.ts';
export * from './show/index.ts';
export * from './diff/index.ts';
