import type { Clock, Timer } from '../ports/index.ts';

/** Timers by key: arming a key again replaces it. */
export class Timers {
  readonly #armed = new Map<string, Timer>();
  readonly #clock: Clock;
  readonly #ring: (key: string, due: number) => void;

  constructor(clock: Clock, ring: (key: string, due: number) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  arm(key: string, afterMs: number): void {
    this.disarm(key);
    const due = this.#clock.now().mono + afterMs;
    const ring = (): void => {
      if (this.#armed.get(key) !== timer) return;
      this.#armed.delete(key);
      this.#ring(key, due);
    };
    // After a standstill everything is due at once: what was said before is heard before anything is judged.
    const timer = this.#clock.after(afterMs, () => this.#clock.soon(ring));
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
