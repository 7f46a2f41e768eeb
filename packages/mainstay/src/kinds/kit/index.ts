/** What kinds share. Nothing here loads zod; the definitions of kinds do, their probes do not. */
export * from './define.ts';
export * from './observe.ts';
export * from './network.ts';
export * from './pattern.ts';
export * from './redact.ts';
