/** Reads `/proc`: who a process is, what it belongs to, and who holds a port. Synchronous, and cheap enough for the loop. */
export * from './read.ts';
export * from './stat.ts';
export * from './identity.ts';
export * from './sockets.ts';
export * from './usage.ts';
export * from './machine.ts';
