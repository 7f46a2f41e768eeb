/**
 * The command line. `framework/` says what a command is and reads command lines, `commands/` lists
 * them as data, `run/` (and a folder for each larger one) holds their bodies, brought in only when run.
 */
export { main } from './main.ts';
export type { Io } from './framework/types.ts';
