/** What a plan needs of the machine it is to run on. */
export { type Machine, checkMachine } from './check.ts';
