/** The watch over memory where the kernel does not hold a limit: who is above it time after time is ended. */
export * from './machine.ts';
