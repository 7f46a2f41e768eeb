/**
 * Rolling reload: the instances of one service go over to another plan one by one, each only once the one
 * before stands, and back again when one of them does not stand.
 */
export * from './types.ts';
export * from './machine.ts';
export * from './patience.ts';
export * from './plans.ts';
