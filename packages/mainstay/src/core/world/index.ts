/** What the decisions are told of the world, and the terms in which they ask for something. Types only. */
export * from './logs.ts';
export * from './processes.ts';
export * from './time.ts';
