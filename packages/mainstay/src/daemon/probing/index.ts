/** Running probes: one run with its deadline, and all that somebody asks for at once. Used by the daemon and by `mainstay check`. */
export { startProbe, type Job } from './start.ts';
export { checkNow, jobOf, longestMs, NOTHING_KNOWN } from './now.ts';
