import { watch } from 'node:fs';
import type { FSWatcher, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';

export interface TreeOptions {
  /** Absolute file or directory; it need not exist yet. */
  path: string;
  ignored: (path: string) => boolean;
  /** A file may have changed. */
  touched: (path: string) => void;
  /** A directory cannot be watched. */
  failed: (path: string, error: NodeJS.ErrnoException) => void;
}

interface Folder {
  watcher: FSWatcher;
  /** Tells a directory from another one that came in its place. */
  identity: string;
}

interface Known {
  signature: string;
  size: number;
}

/**
 * Watches a file, or a directory with everything below it, over its deletion and return. It keeps what stat(2) said of each
 * file, because events say too much (half of a save) and too little (nothing of a file in a directory that is new).
 */
export class Tree {
  private readonly options: TreeOptions;
  private readonly folders = new Map<string, Folder>();
  private readonly known = new Map<string, Known>();
  /** On the nearest existing directory above the path: sees it go and come. */
  private anchor: FSWatcher | null = null;
  /** What is done is done one after the other. */
  private work: Promise<void> = Promise.resolve();
  private jobs = 0;
  private closed = false;

  constructor(options: TreeOptions) {
    this.options = options;
  }

  /** Resolves when everything that is there is being watched. */
  start(): Promise<void> {
    return this.enqueue(async () => {
      await this.setAnchor();
      await this.look(this.options.path, false);
    });
  }

  /** Whether it is looking at files, of which some may turn out to be touched. */
  get busy(): boolean {
    return this.jobs > 0;
  }

  /** Which of the files are not what they were, and which of those look as if somebody were just writing them. */
  async changes(paths: readonly string[]): Promise<{ changed: string[]; empty: string[] }> {
    const changed: string[] = [];
    const empty: string[] = [];
    await this.enqueue(async () => {
      for (const path of paths.filter((one) => this.covers(one))) {
        const before = this.known.get(path);
        const now = knownOf(await statOf(path));
        if (now?.signature === before?.signature) continue;
        // Truncated, and not filled yet.
        if (now?.size === 0 && before?.size !== 0) empty.push(path);
        changed.push(path);
      }
    });
    return { changed, empty };
  }

  /** Takes the files as they are now. */
  accept(paths: readonly string[]): Promise<void> {
    return this.enqueue(async () => {
      for (const path of paths) this.remember(path, await statOf(path));
    });
  }

  close(): void {
    this.closed = true;
    this.anchor?.close();
    for (const { watcher } of this.folders.values()) watcher.close();
    this.folders.clear();
    this.known.clear();
  }

  private enqueue(job: () => Promise<void>): Promise<void> {
    this.jobs += 1;
    this.work = this.work
      .then(() => (this.closed ? undefined : job()))
      .finally(() => {
        this.jobs -= 1;
      });
    return this.work;
  }

  private covers(path: string): boolean {
    return isWithin(path, this.options.path) && !this.options.ignored(path);
  }

  private async setAnchor(): Promise<void> {
    const { path } = this.options;
    let child = path;
    let folder = dirname(path);
    while (folder !== dirname(folder) && !(await statOf(folder))?.isDirectory()) {
      child = folder;
      folder = dirname(folder);
    }
    const before = this.anchor;
    this.anchor = this.open(folder, (name, kind) => {
      const isItself = name === basename(folder);
      if (name !== null && name !== basename(child) && !isItself) return;
      if (child === path && !this.folders.has(path)) this.options.touched(path);
      if (kind !== 'rename') return;
      void this.enqueue(async () => {
        // The folder is gone, or one more of the folders above the path is there.
        if (child !== path || isItself) await this.setAnchor();
        await this.look(path, true);
      });
    });
    before?.close();
    // It came between the look and the watch.
    if (child !== path && (await statOf(child)) !== null) await this.setAnchor();
  }

  /** Brings what is watched at and below a path up to date. `fresh`: what is found there has just come. */
  private async look(path: string, fresh: boolean): Promise<void> {
    const found = await statOf(path);
    if (found === null) {
      this.forget(path);
      return;
    }
    if (found.isDirectory()) {
      const identity = `${found.dev}:${found.ino}:${found.birthtimeMs}`;
      if (this.folders.get(path)?.identity === identity) return;
      this.forget(path);
      await this.enter(path, identity, fresh);
      return;
    }
    if (fresh) this.options.touched(path);
    else this.remember(path, found);
  }

  private async enter(path: string, identity: string, fresh: boolean): Promise<void> {
    const watcher = this.open(path, (name, kind) => this.onEvent(path, name, kind));
    if (watcher === null) return;
    this.folders.set(path, { watcher, identity });
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const child = join(path, entry.name);
      if (this.closed || this.options.ignored(child)) continue;
      // A link to a directory is not followed: it may lead back up.
      if (entry.isSymbolicLink() && (await statOf(child))?.isDirectory() === true) continue;
      await this.look(child, fresh);
    }
  }

  private onEvent(folder: string, name: string | null, kind: string): void {
    if (name === null) {
      const inside = [...this.known.keys()].filter((path) => dirname(path) === folder);
      for (const path of inside) this.options.touched(path);
      return;
    }
    if (kind === 'rename' && name === basename(folder)) {
      // The directory itself was removed or moved (or something in it has its name): this watch may be dead, whatever is there now.
      void this.enqueue(async () => {
        this.forget(folder);
        await this.look(folder, true);
      });
    }
    const path = join(folder, name);
    if (this.options.ignored(path)) return;
    this.options.touched(path);
    // At once, not when things have settled: what happens in a new directory must not be missed.
    if (kind === 'rename') void this.enqueue(() => this.look(path, true));
  }

  private open(path: string, onEvent: (name: string | null, kind: string) => void): FSWatcher | null {
    if (this.closed) return null;
    try {
      const watcher = watch(path, { persistent: false }, (kind, name) => onEvent(name, kind));
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Gone again: whoever removed it causes an event above.
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.options.failed(path, error as NodeJS.ErrnoException);
      return null;
    }
  }

  /** A path is gone, or is another one: its files are looked at again, its directories no longer. */
  private forget(path: string): void {
    for (const [folder, { watcher }] of this.folders) {
      if (!isWithin(folder, path)) continue;
      watcher.close();
      this.folders.delete(folder);
    }
    for (const file of this.known.keys()) if (isWithin(file, path)) this.options.touched(file);
  }

  private remember(path: string, found: Stats | null): void {
    const known = knownOf(found);
    if (known === null) this.known.delete(path);
    else this.known.set(path, known);
  }
}

function isWithin(path: string, top: string): boolean {
  return path === top || path.startsWith(top.endsWith(sep) ? top : top + sep);
}

function statOf(path: string): Promise<Stats | null> {
  return stat(path).catch(() => null);
}

/** null: there is no file. */
function knownOf(found: Stats | null): Known | null {
  if (found === null || !found.isFile()) return null;
  return { signature: `${found.ino}:${found.size}:${found.mtimeMs}`, size: found.size };
}
