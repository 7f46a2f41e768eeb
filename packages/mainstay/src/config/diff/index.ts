/** What differs between two plans and what each difference needs. Pure; the daemon uses it as well. */
export * from './effects.ts';
export * from './diff.ts';
