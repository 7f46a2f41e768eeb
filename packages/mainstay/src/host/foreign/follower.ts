import type { Clock, Manager, Timer } from '../../ports/index.ts';

/** Where changes are told of, everything is looked at this often all the same. */
const RARELY_MS = 10_000;
/** Where nothing tells of them. */
const OFTEN_MS = 2_000;
const RETRY_MS = 2_000;

/** Hears of changes of everything that one manager runs, and has it looked at. */
export class Follower {
  readonly manager: Manager;
  readonly #clock: Clock;
  readonly #look: (name: string | null) => void;
  #names: readonly string[] = [];
  #abort: AbortController | null = null;
  #reliable = false;
  #poll: Timer | null = null;
  #retry: Timer | null = null;
  #closed = false;

  /** @param look a name, or everything */
  constructor(manager: Manager, clock: Clock, look: (name: string | null) => void) {
    this.manager = manager;
    this.#clock = clock;
    this.#look = look;
  }

  /** From now on these are followed. */
  follow(names: readonly string[]): void {
    if (names.join('\n') === this.#names.join('\n')) return;
    this.#names = names;
    this.#abort?.abort();
    this.#retry?.cancel();
    if (names.length === 0) this.#poll?.cancel();
    else {
      void this.#listen();
      this.#again();
    }
  }

  async #listen(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    const reliable = (): void => {
      if (abort.signal.aborted || this.#reliable) return;
      this.#reliable = true;
      // What happened before it could be heard is seen.
      this.#look(null);
    };
    const changed = (name: string | null): void => {
      if (!abort.signal.aborted) this.#look(name);
    };
    await this.manager.follow(this.#names, changed, reliable, abort.signal).catch(() => {
      // Whether its manager answers is seen by looking.
    });
    if (abort.signal.aborted || this.#closed) return;
    this.#reliable = false;
    this.#look(null);
    this.#again();
    this.#retry = this.#clock.after(RETRY_MS, () => void this.#listen());
  }

  #again(): void {
    this.#poll?.cancel();
    if (this.#closed) return;
    this.#poll = this.#clock.after(this.#reliable ? RARELY_MS : OFTEN_MS, () => {
      this.#look(null);
      this.#again();
    });
  }

  close(): void {
    this.#closed = true;
    this.#abort?.abort();
    this.#poll?.cancel();
    this.#retry?.cancel();
  }
}
