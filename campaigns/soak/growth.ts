// Whether something grows: a line through its floors, which neither peaks nor garbage that waits for its collection can bend.

export interface Point {
  /** Seconds. */
  at: number;
  value: number;
}

/** The lowest point of each of `windows` equal parts of the time. */
export function floors(points: readonly Point[], windows: number): Point[] {
  const first = points[0]?.at ?? 0;
  const length = ((points.at(-1)?.at ?? 0) - first) / windows;
  const found: Point[] = [];
  for (let window = 0; window < windows; window++) {
    const end = window === windows - 1 ? Infinity : first + (window + 1) * length;
    const inside = points.filter(({ at }) => at >= first + window * length && at < end);
    if (inside.length > 0) found.push(inside.reduce((low, one) => (one.value < low.value ? one : low)));
  }
  return found;
}

/** The median of the slopes between all pairs of points (Theil and Sen), per second; 0 for fewer than two points. */
export function slope(points: readonly Point[]): number {
  const slopes: number[] = [];
  points.forEach((one, index) => {
    for (const later of points.slice(index + 1)) {
      if (later.at > one.at) slopes.push((later.value - one.value) / (later.at - one.at));
    }
  });
  return median(slopes);
}

/** 0 of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}
