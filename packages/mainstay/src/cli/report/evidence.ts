import { percentileOf, type Counts } from '../../core/results/index.ts';
import { toTheSecond } from '../text/index.ts';
import type { Table } from './document.ts';
import type { RecentError } from './errors.ts';
import type { Row } from './model.ts';
import { latency, percent } from './words.ts';

/** Share of the runs that could tell anything and were good; null: none could. */
export function successOf({ pass, warn, fail }: Counts): number | null {
  const told = pass + warn + fail;
  return told === 0 ? null : (pass + warn) / told;
}

/** A percentile of the latencies, never beyond what was measured, µs; null: nothing was good. */
export function latencyOf({ pass, warn, min, max, buckets }: Counts, share: number): number | null {
  return pass + warn === 0 ? null : Math.min(max, Math.max(min, percentileOf(buckets, share)));
}

/** How often checks succeeded, and how long they took. */
export function resultTables(rows: readonly Row[]): Table[] {
  const body = rows.flatMap(({ name, results }) => {
    if (results === null) return [];
    const { pass, warn, fail, unknown, max } = results;
    const at = (share: number): string => latency(latencyOf(results, share));
    const longest = pass + warn === 0 ? '-' : latency(max);
    const runs = String(pass + warn + fail + unknown);
    return [
      [name, runs, percent(successOf(results)), String(fail), String(unknown), at(0.5), at(0.95), at(0.99), longest],
    ];
  });
  if (body.length === 0) return [];
  const right = (title: string): Table['columns'][number] => ({ title, align: 'right' });
  const columns = ['RUNS', 'SUCCEEDED', 'FAILED', 'UNKNOWN', 'P50', 'P95', 'P99', 'MAX'].map(right);
  return [{ title: 'Results of checks', columns: [{ title: 'NAME', shrinkTo: 8 }, ...columns], rows: body, notes: [] }];
}

/** What failed said itself, the newest first. */
export function errorTables(errors: readonly RecentError[]): Table[] {
  if (errors.length === 0) return [];
  const rows = errors.flatMap(({ at, name, reason, lines }) => [
    [toTheSecond(at), name, reason],
    ...lines.map((line) => ['', '', `| ${line}`]),
  ]);
  const columns = [{ title: 'WHEN' }, { title: 'NAME', shrinkTo: 10 }, { title: 'WHAT IT SAID', shrinkTo: 20 }];
  return [{ title: 'Recent errors', columns, rows, notes: [] }];
}
