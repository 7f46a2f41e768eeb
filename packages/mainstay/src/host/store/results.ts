/** Results of checks: written as they come, added up by the hour and by the day, and read as sums. */
import type { DatabaseSync } from 'node:sqlite';
import type { ResultCounts, Subject } from '@mainstay/protocol';
import {
  HOUR_MS,
  addCounts,
  addResult,
  noResults,
  packBuckets,
  unpackBuckets,
  unpackSamples,
  type Counts,
  type SamplePack,
} from '../../core/results/index.ts';
import type { ResultsPage, ResultsPlace, ResultsQuery } from '../../ports/index.ts';

/** Key of `meta`: the newest sample that is in the sums. */
const SUMMED = 'summed_sample';
const DAY_HOURS = 24;

type Sums = Map<Subject, Counts>;

/** Writes results, within the transaction of the caller. */
export interface ResultsWriter {
  write(packs: readonly SamplePack[]): void;
  /** The transaction of the last `write` was not committed. */
  forget(): void;
}

/**
 * Each pack is a row, and part of the sums of its hour in memory. The first row of another hour writes those down, together
 * with up to which row they hold: so each result is in them exactly once, whenever the process dies.
 */
export function resultsWriter(db: DatabaseSync): ResultsWriter {
  let statements: ReturnType<typeof prepare> | null = null;
  /** By hour what is not in the sums yet, and the newest row of that; null: to be read. */
  let open: { newest: number; hours: Map<number, Sums> } | null = null;

  function sumUp(of: NonNullable<typeof open>, to: NonNullable<typeof statements>): void {
    for (const [hour, sums] of of.hours) {
      for (const [subject, counts] of sums) {
        to.hours(hour, subject, counts);
        to.days(Math.floor(hour / DAY_HOURS), subject, counts);
      }
    }
    to.note.run(SUMMED, String(of.newest));
    of.hours.clear();
  }

  return {
    write(packs) {
      for (const pack of packs) {
        statements ??= prepare(db);
        open ??= readOpen(db);
        if (open.hours.size > 0 && !open.hours.has(pack.hour)) sumUp(open, statements);
        const { hour, from, to, subjects, data } = pack;
        const { lastInsertRowid } = statements.insert.run(hour, from, to, JSON.stringify(subjects), data);
        open.newest = Number(lastInsertRowid);
        count(open.hours, pack);
      }
    },
    forget() {
      open = null;
    },
  };
}

function prepare(db: DatabaseSync) {
  return {
    insert: db.prepare('INSERT INTO sample (hour, from_at, to_at, subjects, data) VALUES (?, ?, ?, ?, ?)'),
    note: db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)'),
    hours: summing(db, 'result_hour'),
    days: summing(db, 'result_day'),
  };
}

/** Adds counts to what a table already has of the same time. */
function summing(db: DatabaseSync, table: 'result_hour' | 'result_day') {
  const find = db.prepare(`SELECT * FROM ${table} WHERE at = ? AND subject = ?`);
  const put = db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return (at: number, subject: Subject, counts: Counts): void => {
    const before = find.get(at, subject);
    const all = noResults();
    if (before !== undefined) addCounts(all, countsOf(before));
    addCounts(all, counts);
    const { pass, warn, fail, unknown, sum, min, max, buckets } = all;
    put.run(at, subject, pass, warn, fail, unknown, sum, min, max, packBuckets(buckets));
  };
}

function countsOf(row: Record<string, unknown>): Counts {
  const counts = { ...row, buckets: new Map() } as unknown as Counts;
  unpackBuckets(row['buckets'] as Uint8Array, counts.buckets);
  return counts;
}

/** Up to which sample the sums hold. A store that was saved from a damaged one may have begun to number anew. */
export function summedUpTo(db: DatabaseSync): number {
  const told = Number(db.prepare('SELECT value FROM meta WHERE key = ?').get(SUMMED)?.['value'] ?? 0);
  const newest = Number(db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'sample'").get()?.['seq'] ?? 0);
  return Math.min(told, newest);
}

function readOpen(db: DatabaseSync): { newest: number; hours: Map<number, Sums> } {
  const open = { newest: summedUpTo(db), hours: new Map<number, Sums>() };
  for (const row of db.prepare('SELECT * FROM sample WHERE id > ? ORDER BY id').iterate(open.newest)) {
    open.newest = row['id'] as number;
    count(open.hours, packOf(row));
  }
  return open;
}

function packOf(row: Record<string, unknown>): SamplePack {
  return {
    hour: row['hour'] as number,
    from: row['from_at'] as number,
    to: row['to_at'] as number,
    subjects: JSON.parse(row['subjects'] as string) as Subject[],
    data: row['data'] as SamplePack['data'],
  };
}

function count(hours: Map<number, Sums>, pack: SamplePack): void {
  const sums: Sums = hours.get(pack.hour) ?? new Map();
  hours.set(pack.hour, sums);
  for (const { subject, status, latency } of unpackSamples(pack)) addResult(sumOf(sums, subject), status, latency);
}

function sumOf(sums: Sums, subject: Subject): Counts {
  let counts = sums.get(subject);
  if (counts === undefined) sums.set(subject, (counts = noResults()));
  return counts;
}

/** Days that lie in the time as a whole, and hours before and after them; the newest hour is added from its samples. */
export function selectResults(db: DatabaseSync, query: ResultsQuery): ResultsPage {
  const [first, end] = [Math.floor(query.since / HOUR_MS), Math.ceil(query.until / HOUR_MS)];
  const days = { first: Math.ceil(first / DAY_HOURS), end: Math.floor(end / DAY_HOURS) };
  const hasDays = days.first < days.end;
  const parts: readonly { part: ResultsPlace['part']; table: string; from: number; to: number }[] = [
    { part: 'before', table: 'result_hour', from: first, to: hasDays ? days.first * DAY_HOURS : end },
    { part: 'days', table: 'result_day', from: days.first, to: days.end },
    { part: 'after', table: 'result_hour', from: hasDays ? days.end * DAY_HOURS : end, to: end },
  ];
  const index = Math.max(
    0,
    parts.findIndex(({ part }) => part === query.after?.part),
  );
  const sums: Sums = new Map();
  const next = addPart(db, sums, parts[index]!, query);
  if (next !== null) return { results: [...sums].map(encode), next };
  const following = parts[index + 1];
  if (following !== undefined) {
    const { part, from } = following;
    return { results: [...sums].map(encode), next: { part, at: from, subject: '' } };
  }
  for (const [hour, open] of readOpen(db).hours) {
    if (hour < first || hour >= end) continue;
    for (const [subject, counts] of open) addCounts(sumOf(sums, subject), counts);
  }
  return { results: [...sums].map(encode), next: null };
}

/** Between buckets of two rows: no place of a bucket, and none in it. */
const BETWEEN = '0000';

/** Adds rows of one part, and tells the last of them if there may be more. No subject is empty. */
function addPart(
  db: DatabaseSync,
  sums: Sums,
  { part, table, from, to }: { part: ResultsPlace['part']; table: string; from: number; to: number },
  { after, limit }: ResultsQuery,
): ResultsPlace | null {
  const begin = [after?.at ?? from, after?.subject ?? ''] as const;
  const last = db
    .prepare(
      `SELECT at, subject FROM ${table} WHERE (at, subject) > (?, ?) AND at < ? ORDER BY at, subject LIMIT 1 OFFSET ?`,
    )
    .get(...begin, to, Math.max(1, limit) - 1) as { at: number; subject: string } | undefined;
  // SQLite adds up what it can: there may be thousands of rows.
  const rows = db
    .prepare(
      `SELECT subject, sum(pass) AS pass, sum(warn) AS warn, sum(fail) AS fail, sum(unknown) AS unknown,
        sum(sum) AS sum, coalesce(min(iif(pass + warn > 0, min, NULL)), 0) AS min, max(max) AS max,
        group_concat(hex(buckets), '${BETWEEN}') AS buckets
      FROM ${table} WHERE (at, subject) > (?, ?) AND (at, subject) <= (?, ?) GROUP BY subject`,
    )
    .all(...begin, last?.at ?? to, last?.subject ?? '');
  for (const row of rows) {
    const buckets = Buffer.from(row['buckets'] as string, 'hex');
    addCounts(sumOf(sums, row['subject'] as Subject), countsOf({ ...row, buckets }));
  }
  return last === undefined ? null : { part, ...last };
}

function encode([subject, { buckets, ...counts }]: [Subject, Counts]): ResultCounts {
  return { subject, ...counts, buckets: [...buckets].flat() };
}
