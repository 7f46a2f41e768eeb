/** A moment, on both clocks. Delays use `mono`; what is stored or shown uses `wall`. */
export interface Now {
  /** Milliseconds on the monotonic clock of this boot: comparable between processes of one boot. */
  mono: number;
  /** UTC milliseconds since the epoch. */
  wall: number;
}

export interface Timer {
  cancel(): void;
}

export interface Clock {
  now(): Now;
  /** Calls `run` once, at least `delayMs` later on the monotonic clock. Delays beyond 2³¹−1 ms are served in parts. */
  after(delayMs: number, run: () => void): Timer;
  /** Calls `run` once, after what is being handled now. */
  soon(run: () => void): void;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}
