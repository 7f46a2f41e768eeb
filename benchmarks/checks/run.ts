/**
 * Checks of mainstay as it is shipped, with its store written and 20 services supervised, beside a bare engine on the same
 * Node, in one run:
 *
 *   npm run build && node benchmarks/checks/run.ts [--only load,hang,detect] [--seconds 60] [--json FILE]
 *
 * Needs nothing but Node. Absolute numbers move with the machine: compare the ratios. About seven minutes in full.
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { detect } from './detect.ts';
import { Conversation, Mainstay, Target } from './kit.ts';
import { lateness, percentile } from './lateness.ts';
import type { Row } from './row.ts';

const CHECKS = 1000;
const INTERVAL_MS = 10_000;
const WARM_UP_MS = 25_000;
const HANGING = 20;
const SERVICES = Object.fromEntries(
  Array.from({ length: 20 }, (_, at) => [`quiet-${at}`, { command: ['sleep', '100000'] }]),
);
const MB = 1024 ** 2;

const { values } = parseArgs({
  options: { only: { type: 'string' }, seconds: { type: 'string', default: '60' }, json: { type: 'string' } },
});
const seconds = Number(values.seconds);

interface Window {
  /** Processor time for 1,000 checks, ms. */
  cpuMs: number;
  rss: number;
  /** Lateness of arrivals, ms. */
  late: number[];
  checks: number;
}

async function floor(kind: 'http' | 'tcp', checks: number): Promise<Window> {
  await using target = await Target.start();
  const port = kind === 'http' ? target.http : target.tcp;
  await using engine = new Conversation('floor.ts', JSON.stringify({ kind, port, checks, intervalMs: INTERVAL_MS }));
  type Used = { done: number; failed: number; cpuMs: number; rss: number };
  await sleep(WARM_UP_MS);
  await target.arrivals();
  const before = await engine.ask<Used>({});
  await sleep(seconds * 1000);
  const after = await engine.ask<Used>({});
  if (after.failed > 0) throw new Error(`${after.failed} checks of the bare engine failed`);
  const done = after.done - before.done;
  const late = lateness(await target.arrivals(), INTERVAL_MS);
  return { cpuMs: ((after.cpuMs - before.cpuMs) * 1000) / done, rss: after.rss, late, checks: done };
}

async function own(
  kind: 'http' | 'tcp',
  checks: number,
  hanging: number,
): Promise<Window & { written: number; kept: number }> {
  await using target = await Target.start();
  await using mainstay = new Mainstay();
  const timing = { interval: `${INTERVAL_MS}ms`, timeout: '5s' };
  const url = `http://127.0.0.1:${target.http}/t`;
  const all = Array.from({ length: checks }, (_, at) => [
    `check-${at}`,
    kind === 'http'
      ? { http: `${url}/${at}`, expect: { text: 'ok' }, ...timing }
      : { tcp: `127.0.0.1:${target.tcp}`, ...timing },
  ]);
  const slow = Array.from({ length: hanging }, (_, at) => [`hangs-${at}`, { http: `${url}/hang-${at}`, ...timing }]);
  await mainstay.up({ services: SERVICES, checks: Object.fromEntries([...all, ...slow]) });
  await sleep(WARM_UP_MS);
  await target.arrivals();
  const before = { ...mainstay.used(), kept: mainstay.kept() };
  await sleep(seconds * 1000);
  const after = { ...mainstay.used(), kept: mainstay.kept() };
  const arrivals = await target.arrivals();
  const done = arrivals.filter(([id]) => !id.startsWith('hang')).length;
  return {
    cpuMs: ((after.cpuMs - before.cpuMs) * 1000) / done,
    rss: after.rss,
    late: lateness(
      arrivals.filter(([id]) => !id.startsWith('hang')),
      INTERVAL_MS,
    ),
    checks: done,
    written: (after.written - before.written) / done,
    kept: (after.kept - before.kept) / done,
  };
}

const MEASURES = {
  async load(): Promise<Row[]> {
    const rows: Row[] = [];
    for (const kind of ['http', 'tcp'] as const) {
      const bare = await floor(kind, CHECKS);
      const mine = await own(kind, CHECKS, 0);
      const ratio = mine.cpuMs / bare.cpuMs;
      rows.push({
        measure: `CPU for 1,000 ${kind} checks`,
        value: `${ratio.toFixed(2)} × bare (${(mine.cpuMs / 1000).toFixed(2)} s, bare ${(bare.cpuMs / 1000).toFixed(2)} s)`,
        goal: '<= 1.5 ×',
        reached: ratio <= 1.5,
      });
      rows.push({
        measure: `memory (RSS), 1,000 ${kind} checks`,
        value: `${(mine.rss / bare.rss).toFixed(2)} × bare (${(mine.rss / MB).toFixed(0)} MB, bare ${(bare.rss / MB).toFixed(0)} MB)`,
        goal: '<= 1.3 ×',
        reached: mine.rss / bare.rss <= 1.3,
      });
      if (kind === 'tcp') continue;
      const late = percentile(mine.late, 0.99);
      rows.push(
        {
          measure: 'lateness p99, http, store written, 20 services',
          value: `${late.toFixed(1)} ms (bare ${percentile(bare.late, 0.99).toFixed(1)} ms; p50 ${percentile(mine.late, 0.5).toFixed(1)} ms)`,
          goal: '<= 5 ms',
          reached: late <= 5,
        },
        {
          measure: 'bytes written to disk for each check',
          value: `${mine.written.toFixed(0)} (files grew by ${mine.kept.toFixed(0)})`,
          goal: '<= 300',
          reached: mine.written <= 300,
        },
      );
    }
    return rows;
  },

  /** Lateness of the others, with and without targets that never answer, in the same run. */
  async hang(): Promise<Row[]> {
    const without = percentile((await own('http', 200, 0)).late, 0.99);
    const beside = percentile((await own('http', 200, HANGING)).late, 0.99);
    return [
      {
        measure: `${HANGING} targets that hang, lateness p99 of 200 others`,
        value: `${beside.toFixed(1)} ms, without them ${without.toFixed(1)} ms`,
        goal: 'no later',
        reached: beside <= without + 2,
      },
    ];
  },

  detect,
};

const wanted = values.only?.split(',') ?? Object.keys(MEASURES);
const unknown = wanted.find((name) => !(name in MEASURES));
if (unknown !== undefined) throw new Error(`cannot measure ${unknown}; known: ${Object.keys(MEASURES).join(', ')}`);
const machine = `${cpus().length} × ${cpus()[0]?.model}, Linux ${release()}, Node ${process.version}`;
process.stdout.write(`${machine}, load ${loadavg()[0]?.toFixed(1)}\n\n`);
const rows: (Row & { load: number })[] = [];
for (const name of wanted) {
  const load = loadavg()[0] ?? 0;
  for (const row of await MEASURES[name as keyof typeof MEASURES]()) {
    rows.push({ ...row, load });
    process.stdout.write(`${row.measure}\n    ${row.value}; goal ${row.goal}: ${row.reached ? '' : 'NOT '}reached\n`);
  }
}
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), machine, rows }, null, 2)}\n`);
