/** What a command is, and how a command line is read: types, parser, errors. */
export * from './types.ts';
export * from './parse.ts';
export * from './failure.ts';
export * from './globals.ts';
