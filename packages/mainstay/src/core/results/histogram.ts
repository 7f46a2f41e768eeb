/** A latency in µs lies in the bucket whose upper end is the smallest power of this that is not below it. */
const GROWTH = 1.1;

/**
 * How far a percentile may be from the true one, as a share of it: buckets grow by a tenth, and the value told of one is the
 * one from which both of its ends are equally far (DDSketch, Masson et al., VLDB 2019, section 2.1).
 */
export const LATENCY_ERROR = (GROWTH - 1) / (GROWTH + 1);

const LOG = Math.log(GROWTH);

/** Number of the bucket of a latency, µs; anything up to 1 µs is in bucket 0. */
export function bucketOf(us: number): number {
  return us <= 1 ? 0 : Math.ceil(Math.log(us) / LOG);
}

/** The latency that stands for all of a bucket, µs. */
function valueOf(bucket: number): number {
  return bucket === 0 ? 1 : (2 * GROWTH ** bucket) / (GROWTH + 1);
}

/**
 * The smallest latency that is not exceeded by at least that share of them (nearest rank), within {@link LATENCY_ERROR}; µs.
 *
 * @param share in (0, 1]
 */
export function percentileOf(buckets: ReadonlyMap<number, number>, share: number): number {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const count = sorted.reduce((sum, [, many]) => sum + many, 0);
  const rank = Math.ceil(share * count);
  let seen = 0;
  for (const [bucket, many] of sorted) {
    seen += many;
    if (seen >= rank) return valueOf(bucket);
  }
  return 0;
}
