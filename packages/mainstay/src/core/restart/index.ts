/** The restart policy: whether, and when, an instance that failed is started again. */
export * from './machine.ts';
