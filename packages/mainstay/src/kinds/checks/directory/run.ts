import type { Dir, Dirent, Stats } from 'node:fs';
import { lstat, opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Files, Report, Verdict, pattern, shownSize, shownTime } from '../../kit/index.ts';
import type { DirectoryTarget } from './target.ts';

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as DirectoryTarget;
  const report = new Report(context);
  const files = new Files(settings.path, context, report);
  const walk = new Walk(settings, files);
  try {
    await walk.all();
    return walk.observe(context.wallMs(), report);
  } catch (error) {
    return files.broken(error, `${walk.seen} entries seen`);
  }
}

/** One entry after the other: as many as it may look at, and nothing of the loop but a moment for each. */
class Walk {
  seen = 0;
  readonly #settings: DirectoryTarget;
  readonly #files: Files;
  readonly #wanted: (name: string) => boolean;
  readonly #verdict = new Verdict();
  /** Files with several names, by device and inode. */
  readonly #linked = new Set<string>();
  #count = 0;
  #size = 0;
  #oldest = Infinity;
  #newest = -Infinity;

  constructor(settings: DirectoryTarget, files: Files) {
    this.#settings = settings;
    this.#files = files;
    this.#wanted = settings.match === undefined ? () => true : pattern(settings.match);
  }

  /** Rejects when the directory itself cannot be looked at, or with the reason of the signal. */
  async all(): Promise<void> {
    const { path } = this.#files;
    const { dev } = await this.#files.call(() => stat(path));
    const left = [path];
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const isWhole = await this.#directory(next, dev, left).catch((error: NodeJS.ErrnoException) => {
        if (next === path || typeof error.code !== 'string') throw error;
        // It may be gone by now.
        if (error.code !== 'ENOENT') this.#verdict.complain('unknown', `cannot look into ${next} (${error.code})`);
        return true;
      });
      if (!isWhole) return;
    }
  }

  /** Whether there may be more to look at. */
  async #directory(path: string, device: number, left: string[]): Promise<boolean> {
    const directory = await this.#files.call(() => opendir(path, { bufferSize: 256 }));
    try {
      for (;;) {
        const entry = await this.#next(directory);
        if (entry === null) return true;
        if (this.seen === this.#settings.look_at) {
          this.#verdict.complain('warn', `has more than ${this.seen} entries, which are not looked at`);
          return false;
        }
        this.seen += 1;
        await this.#entry(entry, device, left);
      }
    } finally {
      // Not waited for: behind a read that does not come back it does not come back either.
      void directory.close().catch(() => undefined);
    }
  }

  #next(directory: Dir): Promise<Dirent | null> {
    return this.#files.call(() => directory.read());
  }

  async #entry(entry: Dirent, device: number, left: string[]): Promise<void> {
    const { recursive } = this.#settings;
    const isWanted = this.#wanted(entry.name);
    // Some file systems do not tell what an entry is before it is looked at.
    if ((entry.isDirectory() && !recursive) || (entry.isFile() && !isWanted)) return;
    const path = join(entry.parentPath, entry.name);
    // To look at it would be to ask the other file system, which may not answer.
    if (this.#files.mountPoints.has(path)) return;
    const facts = await this.#files
      .call(() => lstat(path))
      .catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
    if (facts === null) return;
    if (recursive && facts.isDirectory() && facts.dev === device) left.push(path);
    if (isWanted && facts.isFile()) this.#file(facts);
  }

  #file({ dev, ino, nlink, size, mtimeMs }: Stats): void {
    if (nlink > 1) {
      const key = `${dev}:${ino}`;
      if (this.#linked.has(key)) return;
      this.#linked.add(key);
    }
    this.#count += 1;
    this.#size += size;
    this.#oldest = Math.min(this.#oldest, mtimeMs);
    this.#newest = Math.max(this.#newest, mtimeMs);
  }

  observe(wallMs: number, report: Report): Observation {
    const age = (mtimeMs: number): number => Math.max(0, Math.round((wallMs - mtimeMs) / 1000));
    const ages = this.#count === 0 ? null : { oldest: age(this.#oldest), newest: age(this.#newest) };
    const data = { size: this.#size, files: this.#count, ...ages };
    const parts = [
      `${this.#count} files, ${shownSize(this.#size)}`,
      ...(ages === null ? [] : [`the oldest of ${shownTime(ages.oldest)}`, `the newest of ${shownTime(ages.newest)}`]),
    ];
    return this.#verdict.observe(report, this.#files.path, parts.join(', '), data);
  }
}
