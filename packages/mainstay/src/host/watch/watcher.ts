import type { ServicePlan } from '../../core/plan/index.ts';
import type { Clock } from '../../ports/index.ts';
import { ignorer } from './ignore.ts';
import { Settler } from './settle.ts';
import { Tree } from './tree.ts';

export interface WatchProblem {
  /** "cannot watch …: why", one line. */
  message: string;
  hint: string | null;
}

export interface WatcherOptions {
  clock: Clock;
  /** Something is not watched; the rest is. Told once for each service and reason. */
  onProblem: (service: string, problem: WatchProblem) => void;
  /** How long a file must have been quiet. */
  quietMs?: number;
}

export type WatchedService = Pick<ServicePlan, 'name' | 'watch'>;

export interface Watcher {
  /**
   * Watches what a service says in `develop.watch`, instead of what was watched for it before. `changed` is called once for each
   * burst of changes, when it has come to rest; paths are absolute and sorted. Resolves when it is watching.
   */
  watch(service: WatchedService, changed: (paths: string[]) => void): Promise<void>;
  close(): void;
}

/** How often `quietMs` the quiet files wait for others that never rest. */
const PATIENCE = 7;

/** Watches the files of services. Nothing is reported of a service after it is watched anew or the watcher is closed. */
export function createWatcher(options: WatcherOptions): Watcher {
  const watches = new Map<string, ServiceWatch>();
  return {
    async watch(service, changed) {
      watches.get(service.name)?.close();
      watches.delete(service.name);
      if (service.watch.length === 0) return;
      const watch = new ServiceWatch(service, changed, options);
      watches.set(service.name, watch);
      await watch.start();
    },
    close() {
      for (const watch of watches.values()) watch.close();
      watches.clear();
    },
  };
}

class ServiceWatch {
  private readonly service: WatchedService;
  private readonly changed: (paths: string[]) => void;
  private readonly options: WatcherOptions;
  private readonly trees: Tree[];
  private readonly settler: Settler;
  private readonly told = new Set<string>();
  /** Empty files that were given time to be filled. */
  private readonly waited = new Set<string>();
  private closed = false;

  constructor(service: WatchedService, changed: (paths: string[]) => void, options: WatcherOptions) {
    this.service = service;
    this.changed = changed;
    this.options = options;
    const { clock, quietMs = 300 } = options;
    this.settler = new Settler({
      clock,
      quietMs,
      patienceMs: quietMs * PATIENCE,
      busy: () => this.trees.some((tree) => tree.busy),
      settled: (paths) => void this.settled(paths),
    });
    this.trees = service.watch.map(
      ({ path, ignore }) =>
        new Tree({
          path,
          ignored: ignorer(path, ignore),
          touched: (file) => {
            if (!this.closed) this.settler.mark(file);
          },
          failed: (folder, error) => this.problem(folder, error),
        }),
    );
  }

  async start(): Promise<void> {
    for (const tree of this.trees) await tree.start();
  }

  close(): void {
    this.closed = true;
    this.settler.close();
    for (const tree of this.trees) tree.close();
  }

  private async settled(paths: string[]): Promise<void> {
    const changed = new Set<string>();
    for (const tree of this.trees) {
      const seen = await tree.changes(paths);
      const unfinished = new Set(seen.empty.filter((path) => !this.waited.has(path)));
      for (const path of unfinished) {
        this.waited.add(path);
        if (!this.closed) this.settler.mark(path);
      }
      const finished = seen.changed.filter((path) => !unfinished.has(path));
      await tree.accept(finished);
      for (const path of finished) {
        changed.add(path);
        this.waited.delete(path);
      }
    }
    if (changed.size > 0 && !this.closed) this.changed([...changed].sort());
  }

  private problem(folder: string, error: NodeJS.ErrnoException): void {
    const code = error.code ?? '';
    if (this.closed || this.told.has(code)) return;
    this.told.add(code);
    this.options.onProblem(this.service.name, describe(folder, code, error));
  }
}

function describe(folder: string, code: string, error: Error): WatchProblem {
  const what = `cannot watch ${folder} for changes`;
  switch (code) {
    case 'ENOSPC':
      return {
        message: `${what}: the limit of inotify watches of this user is reached`,
        hint: 'add directories to ignore below develop.watch, or raise the limit: sysctl fs.inotify.max_user_watches=524288',
      };
    case 'EMFILE':
      return {
        message: `${what}: too many open files, or too many programs of this user that watch files`,
        hint: 'raise the limit: sysctl fs.inotify.max_user_instances=1024',
      };
    case 'EACCES':
    case 'EPERM':
      return { message: `${what}: it may not be read`, hint: `add it to ignore below develop.watch` };
    default:
      return { message: `${what}: ${error.message}`, hint: null };
  }
}
