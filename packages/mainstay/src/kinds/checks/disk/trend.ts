/** How much of a disk was free at a moment: monotonic milliseconds, bytes. */
export interface Sample {
  at: number;
  free: number;
}

/** What is kept of the time that is looked at. */
const KEPT = 60;
/** What "never" is, in seconds: ten years. A number, so that limits have something to compare. */
export const NEVER = 315_360_000;

/** Adds a sample, and forgets what is older than the window; of samples close to each other the first is kept, and the newest. */
export function remember(samples: readonly Sample[], now: Sample, windowMs: number): Sample[] {
  const kept = samples.filter(({ at }) => now.at - at <= windowMs);
  const [before, last] = kept.slice(-2);
  if (before !== undefined && last !== undefined && last.at - before.at < windowMs / KEPT) kept.pop();
  return [...kept, now];
}

/**
 * Seconds until nothing is free; {@link NEVER} when it does not get less; null while too little of the window was seen.
 * The more cautious of two answers counts: of the line through all samples (least squares), and of the first and last one. So a file that
 * comes and goes is no alarm.
 */
export function timeLeft(samples: readonly Sample[], windowMs: number): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < windowMs / 2) return null;
  const rate = Math.max(slope(samples), (last.free - first.free) / (last.at - first.at));
  return rate >= 0 ? NEVER : Math.min(NEVER, Math.round(last.free / -rate / 1000));
}

/** Bytes per millisecond. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [at, free] = [mean((sample) => sample.at), mean((sample) => sample.free)];
  const above = samples.reduce((sum, sample) => sum + (sample.at - at) * (sample.free - free), 0);
  return above / samples.reduce((sum, sample) => sum + (sample.at - at) ** 2, 0);
}
