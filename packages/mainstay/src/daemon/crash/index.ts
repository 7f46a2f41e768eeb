/** Crash bundles: what is known of an incarnation at the moment of an end that nobody asked for. */
export * from './recorder.ts';
