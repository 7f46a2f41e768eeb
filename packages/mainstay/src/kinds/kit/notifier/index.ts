/** What sends shares. Nothing here loads zod; definitions import `define.ts` and `fields.ts`, and nothing that sends. */
export * from './define.ts';
export * from './post.ts';
export * from './words.ts';
