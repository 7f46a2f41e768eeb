import type { Now } from '../core/world/index.ts';

export type { Now, Random } from '../core/world/index.ts';

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
