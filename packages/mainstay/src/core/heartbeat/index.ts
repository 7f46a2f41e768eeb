/** Heartbeats: jobs that report in by themselves, and what it means when they do not. Pure. */
export * from './beat.ts';
export * from './judge.ts';
