/** The life of an instance, from `stopped` over `ready` and back: a total table and its step. */
export * from './types.ts';
export * from './machine.ts';
export * from './restore.ts';
export { postpone } from './moves.ts';
