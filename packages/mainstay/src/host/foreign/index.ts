/**
 * Services that something else runs: looked at, started and stopped by what runs them (a `Manager`), their lines carried into
 * their logs. What is decided about them is decided as for any other service; here is only one more way to do it.
 */
export { createForeignHost, type ForeignHost, type ForeignOptions } from './host.ts';
