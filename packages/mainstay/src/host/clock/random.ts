import type { Random } from '../../ports/index.ts';

/** Chance for jitter; not for secrets. */
export function createRandom(): Random {
  return { next: () => Math.random() };
}
