/** How late checks arrive: each against its own grid, anchored at its earliest arrival, so that drift counts. */
export function lateness(arrivals: readonly [id: string, at: number][], intervalMs: number): number[] {
  const byCheck = new Map<string, number[]>();
  for (const [id, at] of arrivals) {
    const known = byCheck.get(id);
    if (known === undefined) byCheck.set(id, [at]);
    else known.push(at);
  }
  return [...byCheck.values()].flatMap((times) => {
    // The earliest relative to the grid: the anchor that makes no arrival early.
    const offsets = times.map((at, round) => at - round * intervalMs);
    const anchor = Math.min(...offsets);
    return offsets.map((offset) => offset - anchor);
  });
}

export function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? NaN;
}
