/** `mainstay check`: which checks, and what they say in the words of monitoring plugins. */
export * from './select.ts';
export * from './text.ts';
