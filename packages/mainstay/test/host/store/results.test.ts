/** Results of checks in the store: counted once, whatever happens, and read as they were written. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { OBSERVATIONS, type ResultCounts, type Subject } from '@mainstay/protocol';
import {
  HOUR_MS,
  SamplePacker,
  addCounts,
  addResult,
  noResults,
  type Counts,
  type SamplePack,
} from '../../../src/core/results/index.ts';
import { encodeBatch } from '../../../src/host/store/encode.ts';
import { readResults } from '../../../src/host/store/index.ts';
import { createKeeper, type Keeper } from '../../../src/host/store/keeper.ts';
import { DEFAULT_RETENTION } from '../../../src/host/store/retention.ts';
import type { Retention } from '../../../src/host/store/messages.ts';
import { PLAN, batch } from '../../../../../test/contracts/store.ts';
import { random, temporaryDirectory } from './fixture.ts';

const DAY = 24 * HOUR_MS;
const START = Date.UTC(2026, 0, 1);

interface Result {
  subject: Subject;
  at: number;
  status: (typeof OBSERVATIONS)[number];
  /** µs. */
  latency: number;
}

function packed(results: readonly Result[]): SamplePack[] {
  const packer = new SamplePacker();
  for (const { subject, at, status, latency } of results) packer.add(subject, at, status, latency / 1000);
  return packer.take();
}

function open(
  path: string,
  retention: Partial<Retention> = {},
): { keeper: Keeper; put(results: readonly Result[]): void } {
  const keeper = createKeeper({ path, writer: 'test', retention: { ...DEFAULT_RETENTION, ...retention } });
  let { lastGroup } = keeper.open();
  const put = (results: readonly Result[]): void =>
    keeper.write(++lastGroup, encodeBatch(batch({ samples: packed(results) })));
  return { keeper, put };
}

type Read = (query: Parameters<Keeper['results']>[0]) => ReturnType<Keeper['results']>;

/** All pages, added up by the reader as the report does it. */
function sums(read: Read, since: number, until: number, limit = 5_000): Record<string, Counts> {
  const all: Record<string, Counts> = {};
  let after: Parameters<Read>[0]['after'];
  for (;;) {
    const page = read({ since, until, limit, ...(after === undefined ? {} : { after }) });
    for (const one of page.results) addCounts((all[one.subject] ??= noResults()), decoded(one));
    if (page.next === null) return sorted(all);
    after = page.next;
  }
}

function decoded({ buckets, ...counts }: ResultCounts): Counts {
  const map = new Map<number, number>();
  for (let n = 0; n < buckets.length; n += 2) map.set(buckets[n] ?? 0, buckets[n + 1] ?? 0);
  return { ...counts, buckets: map };
}

/** What the results come to when each is looked at. */
function counted(results: readonly Result[]): Record<string, Counts> {
  const all: Record<string, Counts> = {};
  for (const { subject, status, latency } of results) addResult((all[subject] ??= noResults()), status, latency);
  return sorted(all);
}

function sorted(all: Record<string, Counts>): Record<string, Counts> {
  return Object.fromEntries(
    Object.entries(all).map(([name, { pass, warn, fail, unknown, sum, min, max, buckets }]) => [
      name,
      { pass, warn, fail, unknown, sum, min, max, buckets: new Map([...buckets].sort(([a], [b]) => a - b)) },
    ]),
  );
}

/** By this process, to files: see proc_pid_io(5). */
function bytesWritten(): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

const result = (at: number, part: Partial<Result> = {}): Result => ({
  subject: 'check:a',
  at: START + at,
  status: 'pass',
  latency: 1_500,
  ...part,
});

describe('results in the store', () => {
  it('are each counted once, over deaths, refused writes and a clock that goes back and forth', () => {
    const next = random('results in the store');
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    const written: Result[] = [];
    let opened = open(path);
    let at = 0;
    for (let step = 0; step < 400; step += 1) {
      at += [60_000, 20 * 60_000, 3 * HOUR_MS, -2 * HOUR_MS][next(10) < 7 ? 0 : next(4)] ?? 0;
      const results = Array.from({ length: 1 + next(6) }, (_, n) =>
        result(Math.max(0, at) + n * 700, {
          subject: (['check:a', 'check:b', 'service:web'] as const)[next(3)] ?? 'check:a',
          status: OBSERVATIONS[next(4)] ?? 'pass',
          latency: next(3_000_000),
        }),
      );
      const what = next(20);
      if (what === 0) {
        // The process dies; what was committed is there.
        opened.keeper.close();
        opened = open(path);
      } else if (what === 1) {
        // A write that cannot be made leaves nothing behind.
        const refused = encodeBatch(batch({ samples: packed(results) }));
        refused.facts.set('broken', Symbol('cannot be stored') as unknown as string);
        assert.throws(() => opened.keeper.write(1_000_000 + step, refused));
        continue;
      }
      opened.put(results);
      written.push(...results);
      if (what === 2) assert.deepEqual(sums(opened.keeper.results, 0, START + 90 * DAY), counted(written));
    }
    const all = counted(written);
    assert.deepEqual(sums(opened.keeper.results, 0, START + 90 * DAY), all);
    assert.deepEqual(sums(opened.keeper.results, 0, START + 90 * DAY, 3), all, 'in small pages');
    // Every period is that of its whole hours.
    for (let n = 0; n < 30; n += 1) {
      const from = START + next(20) * HOUR_MS + next(1_000);
      const to = from + next(60) * HOUR_MS + 1;
      const inside = written.filter(
        (one) => one.at >= Math.floor(from / HOUR_MS) * HOUR_MS && one.at < Math.ceil(to / HOUR_MS) * HOUR_MS,
      );
      assert.deepEqual(sums(opened.keeper.results, from, to, 7), counted(inside));
    }
    opened.keeper.close();
    const read: Read = (query) => readResults(path, query) ?? { results: [], next: null };
    assert.deepEqual(sums(read, 0, START + 90 * DAY), all, 'by another process');
  });

  it('are kept one by one for a week, by the hour for 90 days, by the day for ever', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    const ages = [200, 100, 8, 1, 0];
    const at = (days: number): number => Date.now() - days * DAY;
    const { keeper, put } = open(path);
    for (const days of ages) put([{ ...result(0), at: at(days) }]);
    while (keeper.trim());
    assert.equal(sums(keeper.results, 0, Date.now() + DAY)['check:a']?.pass, ages.length, 'days are never given up');
    // One hour of 100 days ago: there is no sum of it any more.
    assert.deepEqual(sums(keeper.results, at(100), at(100) + 1), {});
    assert.equal(sums(keeper.results, at(8), at(8) + 1)['check:a']?.pass, 1);
    keeper.close();
    const db = new DatabaseSync(path);
    const count = (table: string): unknown => db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];
    assert.deepEqual([count('sample'), count('result_hour'), count('result_day')], [2, 2, 4]);
    db.close();
  });

  it('are what is given up first when the store is too large for the plan', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    const { keeper, put } = open(path);
    const maxSize = 300 * 1024;
    keeper.write(1, encodeBatch(batch({ plan: { ...PLAN, history: { maxSize } } })));
    const many = (hour: number): Result[] =>
      Array.from({ length: 5_000 }, (_, n) => ({ ...result(0), at: Date.now() + hour * HOUR_MS + n }));
    for (let hour = -40; hour < 0; hour += 1) put(many(hour));
    while (keeper.trim());
    keeper.close();
    const db = new DatabaseSync(path);
    const size = db.prepare('SELECT page_count * page_size AS n FROM pragma_page_count, pragma_page_size').get()?.['n'];
    const kept = db.prepare('SELECT count(*) AS n FROM sample').get()?.['n'] as number;
    const hours = db.prepare('SELECT count(*) AS n FROM result_hour').get()?.['n'];
    db.close();
    assert.ok(kept > 0 && kept < 40, `${kept} packs are left`);
    assert.ok(Number(size) < 2 * maxSize, `${String(size)} bytes`);
    assert.ok(Number(hours) >= 39, 'sums are smaller, and stay');
  });

  it('take less than 300 bytes of the disk each, also when only a hundred come in a minute', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    const { keeper, put } = open(path);
    const before = bytesWritten();
    // Two hours and a bit, so that sums are written twice.
    for (let minute = 0; minute < 130; minute += 1) {
      put(
        Array.from({ length: 100 }, (_, n) =>
          result(minute * 60_000 + n * 500, { subject: `check:site-${n}`, latency: 20_000 + ((n * minute) % 900) }),
        ),
      );
    }
    keeper.close();
    const each = (bytesWritten() - before) / 13_000;
    assert.ok(each < 300, `${each} bytes`);
  });
});
