/** What notifiers share. Nothing here loads zod, except `fields.ts`, which only definitions import. */
export * from './define.ts';
export * from './post.ts';
export * from './words.ts';
