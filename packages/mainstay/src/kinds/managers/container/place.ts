/** How far one stream of a container has been read: the time of the last piece, and how many of that very time were read. */
export interface Mark {
  time: string;
  count: number;
}

/** A place in what a container writes. Times are those of the engine, text that sorts. */
export interface Place {
  out: Mark;
  err: Mark;
}

/** The place of a moment, UTC ms: what was written before it is left out. */
export function placeOf(wall: number): string {
  const mark: Mark = { time: new Date(wall).toISOString(), count: 0 };
  return JSON.stringify({ out: mark, err: mark } satisfies Place);
}

export function readPlace(text: string): Place {
  return JSON.parse(text) as Place;
}

/** Whole seconds since the epoch before which nothing is missing: both streams are read from there, and what was read is left out. */
export function sinceOf({ out, err }: Place): number {
  return Math.floor(Math.min(Date.parse(out.time), Date.parse(err.time)) / 1000);
}

/** Counts pieces of one stream, and says which of them were read before. */
export class Reading {
  readonly #before: Mark;
  mark: Mark;
  #same = 0;
  #beyond = false;

  constructor(before: Mark) {
    this.#before = before;
    this.mark = before;
  }

  /** A piece comes. Whether it was read before. */
  isOld(time: string): boolean {
    if (!this.#beyond) {
      const order = compareTimes(time, this.#before.time);
      if (order < 0) return true;
      if (order === 0) {
        this.#same += 1;
        if (this.#same <= this.#before.count) return true;
      }
      this.#beyond = order > 0;
    }
    this.mark = { time, count: time === this.mark.time ? this.mark.count + 1 : 1 };
    return false;
  }
}

/** Which of two times of engines is earlier: by the millisecond, then by the digits behind. */
export function compareTimes(a: string, b: string): number {
  if (a === b) return 0;
  const byMs = Date.parse(a) - Date.parse(b);
  if (byMs !== 0) return byMs;
  const [x, y] = [fraction(a), fraction(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

const fraction = (time: string): string => (/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(9, '0');
