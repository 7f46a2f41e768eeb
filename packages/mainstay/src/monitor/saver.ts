import type { Clock } from '../ports/index.ts';

/** Pause before a write that failed is tried again, ms. */
const AGAIN_MS = 10_000;

/** Writes the newest of several texts, one after the other. A disk that takes nothing is tried again; nobody waits for it. */
export class Saver {
  readonly #clock: Clock;
  readonly #write: (text: string) => Promise<void>;
  readonly #said: (problem: string | null) => void;
  #newest: string | null = null;
  #waiting: (() => void)[] = [];
  #isWriting = false;
  #problem: string | null = null;

  /** @param said told when writing begins to fail (why), and when it works again (null) */
  constructor(clock: Clock, write: (text: string) => Promise<void>, said: (problem: string | null) => void) {
    this.#clock = clock;
    this.#write = write;
    this.#said = said;
  }

  /** Why nothing can be written; null when it can. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Resolves when this text, or a newer one, is on the disk. */
  save(text: string): Promise<void> {
    this.#newest = text;
    const written = new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (!this.#isWriting) void this.#run();
    return written;
  }

  async #run(): Promise<void> {
    this.#isWriting = true;
    while (this.#newest !== null) {
      const text: string = this.#newest;
      const waiting = this.#waiting;
      this.#newest = null;
      this.#waiting = [];
      try {
        await this.#write(text);
        this.#tell(null);
        for (const resolve of waiting) resolve();
      } catch (error) {
        this.#newest ??= text;
        this.#waiting = [...waiting, ...this.#waiting];
        this.#tell(error instanceof Error ? error.message : String(error));
        await new Promise<void>((resolve) => this.#clock.after(AGAIN_MS, resolve));
      }
    }
    this.#isWriting = false;
  }

  #tell(problem: string | null): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#said(problem);
  }
}
