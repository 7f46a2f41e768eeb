/** Log files as data: the marks that say who wrote what and when, and what can be told from a line. Pure. */
export * from './marks.ts';
export * from './structured.ts';
export * from './files.ts';
