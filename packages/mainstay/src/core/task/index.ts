/** What the end of a process means: done, to be tried again, or final. Tasks and services differ. */
export * from './verdict.ts';
