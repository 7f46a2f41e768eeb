/**
 * The external monitor: a process of its own that checks from outside, tells people itself, and agrees with other monitors. It shares
 * decisions and kinds with the daemon, and nothing that runs: its loop, its store, its timers and its notifiers are its own.
 */
export { Monitor } from './monitor.ts';
export * from './ports.ts';
export { parseSaved, type Saved } from './saved.ts';
