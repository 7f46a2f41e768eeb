/** A server that cannot be had, with the reason and what to try; shown as it is. */
export class ServersError extends Error {}
