import type { Clock, Timer } from '../../ports/index.ts';

/** The longest delay that setTimeout takes; longer ones fire at once there. */
const LONGEST_MS = 2 ** 31 - 1;

/** A timer that can be told not to keep the process alive. */
export interface RealTimer extends Timer {
  unref(): RealTimer;
}

export interface RealClock extends Clock {
  after(delayMs: number, run: () => void): RealTimer;
}

/** Milliseconds of CLOCK_MONOTONIC, with fractions: comparable between processes of one boot. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * The machine's clocks. `after` never fires early: setTimeout may, by a fraction of a millisecond,
 * and takes no delay beyond 2³¹−1 ms, so the rest is waited for again.
 */
export function createClock(): RealClock {
  return {
    now: () => ({ mono: monotonicMs(), wall: Date.now() }),
    soon: (run) => void setImmediate(run),
    after(delayMs, run) {
      const due = monotonicMs() + Math.max(0, delayMs);
      let referenced = true;
      let handle: NodeJS.Timeout;
      const arm = (restMs: number): void => {
        handle = setTimeout(fire, Math.min(Math.ceil(restMs), LONGEST_MS));
        if (!referenced) handle.unref();
      };
      const fire = (): void => {
        const rest = due - monotonicMs();
        if (rest > 0) arm(rest);
        else run();
      };
      arm(Math.max(0, delayMs));
      const timer: RealTimer = {
        cancel: () => clearTimeout(handle),
        unref() {
          referenced = false;
          handle.unref();
          return timer;
        },
      };
      return timer;
    },
  };
}
