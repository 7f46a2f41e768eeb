/** Pure policies, written once: the daemon's decisions and the applications' library use the same ones. */
export * from './backoff.ts';
