/**
 * `develop.watch`: says that files of a service have changed, once they have come to rest.
 * One inotify watch per directory; files are compared by what stat(2) says, so what touched them does not matter.
 */
export { createWatcher } from './watcher.ts';
export type { WatchProblem, WatchedService, Watcher, WatcherOptions } from './watcher.ts';
