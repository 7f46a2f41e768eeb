/** The daemon: the loop that feeds events into the decisions and carries their effects out. */
export * from './daemon.ts';
export * from './ports.ts';
export { unheldOfPlan } from './limits.ts';
export * from './probing/index.ts';
export { Schedule } from './schedule.ts';
export { serveApi, type ApiPorts, type ApiServer } from './api/index.ts';
