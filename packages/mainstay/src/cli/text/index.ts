/** How words reach a terminal: colours, widths, tables, times. */
export * from './style.ts';
export * from './table.ts';
export * from './time.ts';
export * from './width.ts';
