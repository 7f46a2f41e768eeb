/** The daemon's HTTP interface: see `packages/protocol/src/api.ts` for the requests and their shapes. */
export { serveApi, type ApiServer } from './server.ts';
export type { ApiPorts } from './ports.ts';
