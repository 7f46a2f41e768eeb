/**
 * Health of one instance from one healthcheck: what one observation after the other means.
 * Pure; the driver runs the probes and feeds what they saw back in.
 */
export * from './types.ts';
export { healthOf } from './transitions.ts';
export { HEALTH_TABLE, initialHealth, step } from './machine.ts';
export type { Cell, HealthTable } from './machine.ts';
