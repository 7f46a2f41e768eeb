/**
 * Lets at most two log operations be with the disk at a time, for all files together: Node has four threads for
 * files, and a disk that has stopped answering must not hold them all.
 */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce = 2) {
    this.#free = atOnce;
  }

  /** Runs one operation when its turn has come. */
  async run<T>(operation: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await operation();
    } finally {
      this.leave();
    }
  }

  /** Resolves when the caller may begin; it must call `leave` afterwards. */
  enter(): Promise<void> | void {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
