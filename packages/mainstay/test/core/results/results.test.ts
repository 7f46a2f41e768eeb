/** Results of checks, counted and packed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OBSERVATIONS, type Subject } from '@mainstay/protocol';
import {
  LATENCY_ERROR,
  SamplePacker,
  addCounts,
  addResult,
  noResults,
  packBuckets,
  percentileOf,
  unpackBuckets,
  unpackSamples,
  type Counts,
} from '../../../src/core/results/index.ts';
import { seeded } from '../../config/seed.ts';

const HOUR = 3_600_000;
const latency = fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 200_000_000 }));
const PLAIN = { noNullPrototype: true };
const result = fc.record({ status: fc.constantFrom(...OBSERVATIONS), latency }, PLAIN);

function counted(results: readonly { status: (typeof OBSERVATIONS)[number]; latency: number }[]): Counts {
  const counts = noResults();
  for (const { status, latency: us } of results) addResult(counts, status, us);
  return counts;
}

test('a percentile is as near to the true one as it says', () => {
  fc.assert(
    fc.property(
      fc.array(latency, { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.95, 0.99, 1),
      (all, share) => {
        const counts = counted(all.map((us) => ({ status: 'pass', latency: us })));
        const sorted = [...all].sort((a, b) => a - b);
        const truth = sorted[Math.ceil(share * all.length) - 1] ?? 0;
        const told = percentileOf(counts.buckets, share);
        // Below 2 µs there is nothing to tell apart.
        if (truth > 1) assert.ok(Math.abs(told - truth) <= truth * LATENCY_ERROR * 1.000001, `${told} for ${truth}`);
        else assert.ok(told <= 1);
      },
    ),
    seeded('percentiles'),
  );
});

test('what is added up in parts is the same as what is counted at once', () => {
  fc.assert(
    fc.property(fc.array(fc.array(result, { maxLength: 20 }), { maxLength: 5 }), (parts) => {
      const sum = noResults();
      for (const part of parts) {
        const packed = counted(part);
        const buckets = new Map<number, number>();
        unpackBuckets(packBuckets(packed.buckets), buckets);
        assert.deepEqual([...buckets].sort(), [...packed.buckets].sort());
        addCounts(sum, { ...packed, buckets });
      }
      assert.deepEqual(sum, { ...counted(parts.flat()), buckets: sum.buckets });
      assert.deepEqual([...sum.buckets].sort(), [...counted(parts.flat()).buckets].sort());
    }),
    seeded('parts'),
  );
});

test('how long a failure took is not counted: nobody was served', () => {
  const counts = counted([
    { status: 'fail', latency: 5_000_000 },
    { status: 'unknown', latency: 9_000_000 },
    { status: 'warn', latency: 2_000 },
    { status: 'pass', latency: 1_000 },
  ]);
  assert.deepEqual([counts.pass, counts.warn, counts.fail, counts.unknown], [1, 1, 1, 1]);
  assert.deepEqual([counts.sum, counts.min, counts.max], [3_000, 1_000, 2_000]);
});

test('packed results come out as they went in, each pack within its hour, whatever the clock does', () => {
  const moment = fc.oneof(fc.integer({ min: HOUR - 50, max: HOUR + 50 }), fc.integer({ min: 0, max: 100 * HOUR }));
  const subjects: Subject[] = ['check:a', 'check:b', 'service:a'];
  const status = fc.constantFrom(...OBSERVATIONS);
  const sample = fc.record({ subject: fc.constantFrom(...subjects), at: moment, status, latency }, PLAIN);
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 60 }), (samples) => {
      const packer = new SamplePacker();
      assert.equal(packer.since, null);
      for (const { subject, at, status, latency: us } of samples) packer.add(subject, at, status, us / 1000);
      assert.equal(packer.since, samples[0]?.at ?? null);
      const packs = packer.take();
      assert.equal(packer.since, null);
      assert.deepEqual(
        packs.flatMap((pack) => [...unpackSamples(pack)]),
        samples,
      );
      for (const pack of packs)
        for (const { at } of unpackSamples(pack)) assert.equal(Math.floor(at / HOUR), pack.hour);
    }),
    seeded('packs'),
  );
});

test('a thousand checks every ten seconds take less than seven bytes a result', () => {
  const packer = new SamplePacker();
  for (let n = 0; n < 6_000; n += 1) packer.add(`check:site-${n % 1000}`, n * 10, 'pass', 3 + (n % 7) / 10);
  const bytes = packer.take().reduce((sum, { data }) => sum + data.length, 0);
  assert.ok(bytes / 6_000 < 7, `${bytes / 6_000} bytes`);
});
