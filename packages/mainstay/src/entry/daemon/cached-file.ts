import { readFile, stat } from 'node:fs/promises';
import type { Gate } from '../../host/log/index.ts';
import type { Clock } from '../../ports/index.ts';

/** How long somebody waits for the file before what was last read counts, ms. */
const PATIENCE_MS = 500;

/** What a file says: read anew when it is another one, so that what was removed from it is gone at once. */
export class CachedFile<T> {
  readonly #files: Gate;
  readonly #clock: Clock;
  readonly #read: (text: string, file: string) => T;
  readonly #empty: T;
  readonly #failed: (message: string) => void;
  #known: { file: string; version: string; value: T } | null = null;
  #looking: Promise<void> | null = null;

  /**
   * @param files lets one file of the state directory be read or written at a time
   * @param empty what counts when there is no file
   * @param failed told why it cannot be read
   */
  constructor(
    files: Gate,
    clock: Clock,
    read: (text: string, file: string) => T,
    empty: T,
    failed: (message: string) => void,
  ) {
    this.#files = files;
    this.#clock = clock;
    this.#read = read;
    this.#empty = empty;
    this.#failed = failed;
  }

  /** What it says now, or what it last said when the disk does not answer. */
  async get(file: string): Promise<T> {
    this.#looking ??= this.#files
      .run(() => this.#look(file))
      .finally(() => {
        this.#looking = null;
      });
    const looking = this.#looking;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(PATIENCE_MS, resolve);
      void looking.finally(() => {
        timer.cancel();
        resolve();
      });
    });
    return this.#known?.file === file ? this.#known.value : this.#empty;
  }

  async #look(file: string): Promise<void> {
    try {
      const { mtimeNs, size, ino } = await stat(file, { bigint: true });
      const version = `${mtimeNs} ${size} ${ino}`;
      if (this.#known?.file === file && this.#known.version === version) return;
      this.#known = { file, version, value: this.#read(await readFile(file, 'utf8'), file) };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // What was known is still true when the disk has a fault, and no longer when the file was removed.
      if (code === 'ENOENT') this.#known = { file, version: 'none', value: this.#empty };
      else this.#failed(message);
    }
  }
}
