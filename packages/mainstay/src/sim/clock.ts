import type { Clock, Now, Timer } from '../ports/index.ts';

interface Entry {
  due: number;
  seq: number;
  run: () => void;
  cancelled: boolean;
}

/** More things than this are never due in one moment, unless one of them asks for itself again and again. */
const MOST_STEPS_AT_ONCE = 100_000;

/** Virtual time: a heap of what is due, a monotonic clock that only it moves, and a wall clock that can be set. */
export class VirtualClock {
  mono = 0;
  /** UTC ms: the beginning of 2026. */
  wall = 1_767_225_600_000;
  #seq = 0;
  /** Steps since time last went on. */
  #stepsNow = 0;
  readonly #heap: Entry[] = [];

  now(): Now {
    return { mono: this.mono, wall: this.wall };
  }

  at(delayMs: number, run: () => void): Timer {
    const entry: Entry = { due: this.mono + Math.max(0, delayMs), seq: (this.#seq += 1), run, cancelled: false };
    this.#push(entry);
    return {
      cancel: () => {
        entry.cancelled = true;
      },
    };
  }

  /**
   * Moves on to the next thing that is due, at most to `until`; false when there is none.
   * @throws Error when something is due again and again in the same moment
   */
  step(until: number): boolean {
    for (;;) {
      const entry = this.#heap[0];
      if (entry === undefined || entry.due > until) {
        this.#advance(until);
        return false;
      }
      this.#pop();
      if (entry.cancelled) continue;
      this.#advance(entry.due);
      this.#stepsNow += 1;
      if (this.#stepsNow > MOST_STEPS_AT_ONCE) throw new Error(`time does not go on at ${this.mono} ms`);
      entry.run();
      return true;
    }
  }

  /** The wall clock is set by somebody. */
  setWall(byMs: number): void {
    this.wall += byMs;
  }

  /** A clock as one daemon sees it: its timers die with it. */
  forDaemon(alive: () => boolean): Clock {
    const after = (delayMs: number, run: () => void): Timer => this.at(delayMs, () => (alive() ? run() : undefined));
    return { now: () => this.now(), after, soon: (run) => void after(0, run) };
  }

  #advance(to: number): void {
    if (to <= this.mono) return;
    this.#stepsNow = 0;
    this.wall += to - this.mono;
    this.mono = to;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent] as Entry)) break;
      heap[at] = heap[parent] as Entry;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (!before(heap[child] as Entry, last)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
  }
}

const before = (a: Entry, b: Entry): boolean => a.due < b.due || (a.due === b.due && a.seq < b.seq);
