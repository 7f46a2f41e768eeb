/**
 * The journal and the state of one project in one SQLite file, on a thread of its own.
 *
 * `store.ts` is what the daemon holds: a queue (`queue.ts`) in front of the thread (`worker.ts`, `keeper.ts`) that opens
 * (`database.ts`, `schema.ts`, `salvage.ts`), writes (`apply.ts`), reads (`read.ts`) and trims (`retention.ts`) the file.
 * `reader.ts` is for other processes.
 */
export { createStore } from './store.ts';
export type { StoreOptions } from './store.ts';
export type { Retention } from './messages.ts';
export { SCHEMA_VERSION } from './schema.ts';
export { readEvents, readHistory, readResults, readSnapshot, readSnapshotOfCopy } from './reader.ts';
