/** Durations, sizes and percentages as people write them, for every place that reads one: configuration and kinds. Pure. */
export * from './parsed.ts';
export * from './quantity.ts';
