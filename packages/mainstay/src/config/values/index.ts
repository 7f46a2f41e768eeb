/** Reading and writing single values: durations, sizes, percentages, ports, commands, signals … */
export * from '../../core/quantity/index.ts';
export * from './words.ts';
export * from './port.ts';
export * from './listen.ts';
export * from './misc.ts';
export * from './measured.ts';
export * from './hours.ts';
