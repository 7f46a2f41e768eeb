/** Files that are replaced as a whole, for programs that read them while they change. */
export { atomicWrite, type WriteFile } from './atomic-write.ts';
export { processStatusWriter } from './process-status.ts';
export type { ProcessFailure, ProcessStatusWriter } from './process-status.ts';
