/** The watchdog: a service that promised to say WATCHDOG=1 and stays silent for its period hangs. */
export * from './machine.ts';
