/** Remediation: what is done because of a check, when, and what follows when it does not help. Pure. */
export * from './types.ts';
export { describeStep, remedyOf, servicesAbout, servicesOf } from './steps.ts';
export {
  INITIAL_REMEDY,
  LONGEST_REST_MS,
  remedyTable,
  restoreRemedy,
  stepRemedy,
  type RemedyTable,
} from './machine.ts';
