import type { ObservationStatus } from '@mainstay/protocol';
import { bucketOf } from './histogram.ts';

export const HOUR_MS = 3_600_000;

/** How many results of each kind there were, and how long the good ones (`pass` and `warn`) took, µs. */
export interface Counts extends Record<ObservationStatus, number> {
  /** 0 where nothing was good. */
  sum: number;
  min: number;
  max: number;
  /** How many were in each bucket. */
  buckets: Map<number, number>;
}

export function noResults(): Counts {
  return { pass: 0, warn: 0, fail: 0, unknown: 0, sum: 0, min: 0, max: 0, buckets: new Map() };
}

/** Counts one result. How long a failure took says when somebody gave up: it is left out. */
export function addResult(counts: Counts, status: ObservationStatus, latencyUs: number): void {
  if (status === 'pass' || status === 'warn') {
    const isFirst = counts.pass + counts.warn === 0;
    counts.sum += latencyUs;
    counts.min = isFirst ? latencyUs : Math.min(counts.min, latencyUs);
    counts.max = Math.max(counts.max, latencyUs);
    const bucket = bucketOf(latencyUs);
    counts.buckets.set(bucket, (counts.buckets.get(bucket) ?? 0) + 1);
  }
  counts[status] += 1;
}

/** Adds up two times. */
export function addCounts(to: Counts, more: Counts): void {
  if (more.pass + more.warn > 0) {
    to.min = to.pass + to.warn === 0 ? more.min : Math.min(to.min, more.min);
    to.max = Math.max(to.max, more.max);
  }
  to.pass += more.pass;
  to.warn += more.warn;
  to.fail += more.fail;
  to.unknown += more.unknown;
  to.sum += more.sum;
  for (const [bucket, many] of more.buckets) to.buckets.set(bucket, (to.buckets.get(bucket) ?? 0) + many);
}
