/** The resolved plan: what `mainstay.yaml` says, with every default filled in. Types only. */
export * from './types.ts';
export * from './alerts.ts';
export * from './api.ts';
export * from './remedy.ts';
export { HISTORY_MAX_SIZE, completePlan, completeService, objectivesOf } from './complete.ts';
