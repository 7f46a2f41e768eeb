/** Seeds of random tests: printed when a test fails, given again with `SEED=`. */
import type { Parameters } from 'fast-check';

/** Parameters for `fc.assert`. */
export function seeded(name: string): Parameters<unknown> {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
  console.log(`${name}: SEED=${seed}`);
  return { seed, numRuns: 300 };
}
