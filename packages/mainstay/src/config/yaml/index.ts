/** YAML with positions: reading, looking up, and laying an environment over the base. */
export * from './node.ts';
export * from './parse.ts';
export * from './merge.ts';
