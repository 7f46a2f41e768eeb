/**
 * The coordinator: the one place where the small machines meet. It knows the graph, the operator's
 * intent, the budget and maintenance, and turns events into effects. Deterministic and without I/O:
 * the daemon and the simulator drive the same one.
 */
export * from './types.ts';
export * from './coordinator.ts';
export { TABLES, type Tables } from './tables.ts';
export { NOT_SEEN_YET } from './untouchable.ts';
export { remedyPreview } from './preview.ts';
export { dependencyState } from './permission.ts';
export { doesItsWork, hasGivenUp, instancesOf } from './instances.ts';
