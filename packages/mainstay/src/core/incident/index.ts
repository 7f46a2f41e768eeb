/** Incidents: which failures belong together, what their root cause is, and when they are over. Pure. */
export * from './types.ts';
export { outcomesOf } from './outcome.ts';
export { STEADY_MS, followIncidents, noIncidents } from './follow.ts';
