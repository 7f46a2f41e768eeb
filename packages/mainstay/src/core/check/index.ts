/** Checks: what is measured, which limits hold, and what one observation after the other means. Pure. */
export * from './measure.ts';
