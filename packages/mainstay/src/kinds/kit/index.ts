/**
 * What kinds share. Nothing here loads zod; the definitions of kinds do, their probes do not. A definition imports the file that it
 * needs (`define.ts`) and not all of this: every command that reads mainstay.yaml loads every definition.
 */
export type { Measure } from '../../core/check/index.ts';
export * from './address.ts';
export * from './certificate.ts';
export * from './define.ts';
export * from './observe.ts';
export * from './network.ts';
export * from './settling.ts';
export * from './socket.ts';
export * from './verdict.ts';
export * from './pattern.ts';
export * from './redact.ts';
export * from './average.ts';
export * from './files.ts';
export * from './json-path.ts';
export * from './kernel.ts';
export * from './get.ts';
export * from './pid-file.ts';
export * from './restarts.ts';
export * from './processes.ts';
export * from './process.ts';
export * from './shown.ts';
