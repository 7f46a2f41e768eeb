import type { Clock, Timer } from '../ports/index.ts';

/** Timers by key: arming a key again replaces it. */
export class Timers {
  readonly #armed = new Map<string, Timer>();
  readonly #clock: Clock;
  readonly #ring: (key: string) => void;

  constructor(clock: Clock, ring: (key: string) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  arm(key: string, afterMs: number): void {
    this.disarm(key);
    const timer = this.#clock.after(afterMs, () => {
      this.#armed.delete(key);
      this.#ring(key);
    });
    this.#armed.set(key, timer);
  }

  disarm(key: string): void {
    this.#armed.get(key)?.cancel();
    this.#armed.delete(key);
  }

  clear(): void {
    for (const timer of this.#armed.values()) timer.cancel();
    this.#armed.clear();
  }
}
