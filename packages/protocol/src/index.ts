/**
 * Wire types, state names and error codes shared by every part of mainstay.
 * This package has no dependencies and no behaviour beyond small pure helpers.
 */
export * from './errors.ts';
export * from './states.ts';
export * from './status.ts';
export * from './events.ts';
export * from './ids.ts';
export * from './crash.ts';
export * from './incidents.ts';
export * from './history.ts';
export * from './health.ts';
export * from './api.ts';
