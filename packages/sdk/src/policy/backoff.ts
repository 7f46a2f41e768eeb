/** Exponential backoff: the n-th delay is `min(maxDelay, delay × factor^(n−1))`, spread by ± `jitter`. */
export interface Backoff {
  /** Milliseconds before the first retry. */
  delay: number;
  /** At least 1. */
  factor: number;
  /** Milliseconds; the cap before jitter. */
  maxDelay: number;
  /** Fraction in [0, 1]: 0.1 spreads by ±10 %. */
  jitter: number;
}

/**
 * The delay before retry number `n` (1, 2, 3 …), in milliseconds, never negative.
 * @param random uniform in [0, 1)
 */
export function backoffDelay(policy: Backoff, n: number, random: number): number {
  const plain = plainDelay(policy, n);
  return Math.max(0, Math.round(plain * (1 + policy.jitter * (2 * random - 1))));
}

/** The longest and the shortest delay that `backoffDelay` can answer for retry `n`. */
export function backoffBounds(policy: Backoff, n: number): { min: number; max: number } {
  const plain = plainDelay(policy, n);
  return {
    min: Math.max(0, Math.floor(plain * (1 - policy.jitter))),
    max: Math.ceil(plain * (1 + policy.jitter)),
  };
}

function plainDelay(policy: Backoff, n: number): number {
  // The exponent is bounded so that a long streak cannot make Infinity × 0.
  const grown = policy.delay * policy.factor ** Math.min(Math.max(n, 1) - 1, 1_000);
  return Math.min(policy.maxDelay, Number.isFinite(grown) ? grown : policy.maxDelay);
}
