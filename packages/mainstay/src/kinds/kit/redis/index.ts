/**
 * A few words with Redis over a connection of its own. Small on purpose: the daemon asks a handful of questions, and the usual client
 * takes a second and 30 MiB to load. Commands of kinds that talk to a broker in Redis go through it as well.
 */
export * from './address.ts';
export * from './broker.ts';
export * from './connection.ts';
export * from './reply.ts';
