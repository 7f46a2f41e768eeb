/**
 * The simulator: the real daemon and the real decisions over a virtual machine, in virtual time, with
 * faults drawn from a seed and invariants checked at every step.
 */
export * from './random.ts';
export * from './machine.ts';
export * from './plan.ts';
export * from './run.ts';
export { Simulation } from './simulation.ts';
export * from './twins.ts';
export * from './scenarios.ts';
export * from './coverage.ts';
export { SIM_CHECK } from './checks.ts';
export { CHECK_EFFECTS, EFFECT_KINDS, type EffectKind, type PerEffect } from './deaths.ts';
export type { Violation } from './invariants.ts';
