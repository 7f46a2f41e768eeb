/** What kinds share. Nothing here loads zod; the definitions of kinds do, their probes do not. */
export { LATENCY, type Measure } from '../../core/check/index.ts';
export * from './address.ts';
export * from './certificate.ts';
export * from './define.ts';
export * from './observe.ts';
export * from './network.ts';
export * from './socket.ts';
export * from './verdict.ts';
export * from './pattern.ts';
export * from './redact.ts';
export * from './average.ts';
export * from './files.ts';
export * from './kernel.ts';
export * from './pid-file.ts';
export * from './processes.ts';
export * from './process.ts';
export * from './shown.ts';
