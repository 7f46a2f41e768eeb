/** Alerts: what people are told, when, and how often. Pure. */
export * from './message.ts';
export * from './types.ts';
export { acknowledge, NO_ALERTS, tell } from './tell.ts';
export { attempted, nextLook, ready } from './deliver.ts';
export { sightsOf } from './sights.ts';
