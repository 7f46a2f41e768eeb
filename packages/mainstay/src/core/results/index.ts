/** Results of checks, counted: latencies in buckets, samples packed into bytes, and sums over a time. Pure. */
export { HOUR_MS, addCounts, addResult, noResults, type Counts } from './counts.ts';
export { LATENCY_ERROR, percentileOf } from './histogram.ts';
export { SamplePacker, packBuckets, unpackBuckets, unpackSamples, type SamplePack } from './pack.ts';
