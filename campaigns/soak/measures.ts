// What is measured of the daemon, and how much of it may change.
import { floors, median, slope, type Point } from './growth.ts';
import type { Sample } from './sampler.ts';

const MB = 1e6;
/** Of the whole time, this much at the beginning is warming up. */
const WARM_UP = 1 / 4;
const WINDOWS = 18;
/** Windows of a run too short for a slope: the last is compared with the first. */
const SHORT_WINDOWS = 3;
/** What the file of the store may take of its own, and for each event with the states it changes, bytes. */
const STORE_BASE = 1 * MB;
const STORE_PER_EVENT = 1000;
/** SQLite begins its log anew beyond 4 MB; one transaction may be longer. */
const WAL_MOST = 16 * MB;

/** Two slots of 2 MiB for each stream that is written hard: a disk that is slow for a moment fills them, and they stay as large. */
const SHARED_MOST = 6 * 4 * 1.05 * MB;

interface Measure {
  name: string;
  of: (sample: Sample) => number;
  /** Part of the unit that is shown. */
  unit: number;
  /** Growth in one hour that is not told from none. */
  anHour: number;
  /** Growth within a short run, which consists of warming up. */
  short: number;
}

const MEASURES: readonly Measure[] = [
  // What is shared has a bound of its own, below.
  { name: 'own memory, kB', of: ({ own }) => own, unit: 1000, anHour: 1 * MB, short: 40 * MB },
  { name: 'heap and buffers, kB', of: ({ heap }) => heap, unit: 1000, anHour: 1 * MB, short: 20 * MB },
  { name: 'descriptors', of: ({ descriptors }) => descriptors, unit: 1, anHour: 0.5, short: 3 },
  { name: 'threads', of: ({ threads }) => threads, unit: 1, anHour: 0.5, short: 1 },
  { name: 'processes', of: ({ processes }) => processes, unit: 1, anHour: 0.5, short: 3 },
];

/**
 * Judges the samples.
 * @param events how many there were
 * @param whole the run was long enough for a slope to mean something
 */
export function measure(
  samples: readonly Sample[],
  events: number,
  whole: boolean,
): { counts: Record<string, number>; failures: string[] } {
  const counts: Record<string, number> = { samples: samples.length, events };
  const failures: string[] = [];
  const end = samples.at(-1)?.at ?? 0;
  const warm = samples.filter(({ at }) => at >= end * WARM_UP);
  for (const { name, of, unit, anHour, short } of MEASURES) {
    const points = warm.map((sample): Point => ({ at: sample.at, value: of(sample) }));
    const low = floors(points, whole ? WINDOWS : SHORT_WINDOWS);
    const growth = whole ? slope(low) * 3600 : (low.at(-1)?.value ?? 0) - (low[0]?.value ?? 0);
    const allowed = whole ? anHour : short;
    counts[`${name}: median`] = Math.round(median(points.map(({ value }) => value)) / unit);
    counts[`${name}: growth${whole ? ' an hour' : ''}`] = Math.round((growth * 100) / unit) / 100;
    if (growth > allowed) failures.push(`${name} grew by ${growth / unit}, more than ${allowed / unit}`);
  }
  const last = samples.at(-1);
  if (last === undefined) return { counts, failures: ['there are no samples'] };
  const most = (of: (sample: Sample) => number): number => Math.max(...samples.map(of));
  counts['memory in all at most, kB'] = Math.round(most(({ rss }) => rss) / 1000);
  counts['shared memory at most, kB'] = Math.round(most(({ sharedMemory }) => sharedMemory) / 1000);
  if (most(({ sharedMemory }) => sharedMemory) > SHARED_MOST)
    failures.push(`the shared memory took ${most(({ sharedMemory }) => sharedMemory)} bytes`);
  counts['store, kB'] = Math.round(last.store / 1000);
  counts['write-ahead log at most, kB'] = Math.round(most(({ writeAheadLog }) => writeAheadLog) / 1000);
  counts['logs at most, kB'] = Math.round(most(({ logs }) => logs) / 1000);
  if (last.store > STORE_BASE + events * STORE_PER_EVENT)
    failures.push(`the store takes ${last.store} bytes for ${events} events`);
  if (most(({ writeAheadLog }) => writeAheadLog) > WAL_MOST)
    failures.push(`the write-ahead log took ${most(({ writeAheadLog }) => writeAheadLog)} bytes`);
  return { counts, failures };
}
