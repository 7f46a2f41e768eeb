import type { Window } from '../core/maintenance/index.ts';
import type { StoreSnapshot } from '../ports/index.ts';

/** A wall clock that moved this much against the monotonic one was set, ms. */
export const STEP_MS = 2_000;

/**
 * The operator's windows, moved by what the wall clock was set while no daemon ran.
 * @param offset wall clock minus monotonic clock, ms
 */
export function storedWindows({ facts, maintenance }: StoreSnapshot, bootId: string, offset: number): Window[] {
  const before = facts['boot_id'] === bootId ? Number(facts['clock_offset'] ?? NaN) : NaN;
  const by = Math.abs(offset - before) >= STEP_MS ? offset - before : 0;
  return maintenance.map((row) => ({ ...row, from: row.from + by, until: row.until + by, source: 'operator' }));
}
