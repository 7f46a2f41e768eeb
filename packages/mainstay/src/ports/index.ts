/** Ports: what the decisions and the daemon need of the world. Types only. */
export * from './clock.ts';
export * from './process-host.ts';
export * from './log-host.ts';
export * from './manager.ts';
export * from './store.ts';
export * from './probe.ts';
export * from './remedy-host.ts';
export * from './messenger.ts';
