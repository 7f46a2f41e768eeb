/** Maintenance: windows in which nothing is restarted and nobody is told. */
export * from './machine.ts';
