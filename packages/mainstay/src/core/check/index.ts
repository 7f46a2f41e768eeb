/** Checks: what is measured, which limits hold, and what one observation after the other means. Pure. */
export * from './measure.ts';
export * from './thresholds.ts';
export * from './types.ts';
export * from './spread.ts';
export * from './targets.ts';
export { changeRate, flaps, remember, WINDOW } from './flapping.ts';
export { checkTable, initialCheck, statusOf, stepCheck, type CheckTable } from './machine.ts';
