/** The real clock and the real dice: the only place where decisions get time and chance from. */
export * from './clock.ts';
export * from './random.ts';
