/**
 * Starts, signals, watches and finds the processes of a project on this machine (ports/process-host.ts).
 * prepare.ts checks, starter.ts runs the launcher, tree.ts and scan.ts know what belongs together, reaper.ts follows it
 * to its end, observe.ts finds what an earlier daemon left.
 */
export { createProcessHost, type ProcessHostOptions, type RealProcessHost } from './host.ts';
export type { Program } from './prepare.ts';
export {
  createProgramSource,
  knownEnvironment,
  projectEnvironment,
  type ProgramSourceOptions,
} from './program-source.ts';
export { COOKIE } from './cookie.ts';
export { findUser } from './users.ts';
