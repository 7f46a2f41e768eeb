/** The daemon's HTTP interface: see `packages/protocol/src/api.ts` for the requests and their shapes. */
export * from './server.ts';
