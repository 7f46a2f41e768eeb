/**
 * What `mainstay report` over a year of 100 checks at 60 s costs, as shipped: 52.6 million results, as the store has
 * them after that year. Goals: 300 ms, 200 MB, and a daemon that is not disturbed.
 *
 *   npm run build && node benchmarks/report.ts [runs]
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { JournalEvent, Subject } from '@mainstay/protocol';
import type { Incident } from '../packages/mainstay/src/core/incident/index.ts';
import {
  SamplePacker,
  addCounts,
  addResult,
  noResults,
  packBuckets,
  type Counts,
  type SamplePack,
} from '../packages/mainstay/src/core/results/index.ts';
import type { Move } from '../packages/mainstay/src/core/uptime/index.ts';
import { emptyBatch } from '../packages/mainstay/src/daemon/journal.ts';
import { encodeBatch } from '../packages/mainstay/src/host/store/encode.ts';
import { createKeeper } from '../packages/mainstay/src/host/store/keeper.ts';
import { DEFAULT_RETENTION } from '../packages/mainstay/src/host/store/retention.ts';

const CHECKS = 100;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DAYS = 365;
/** Hours between two outages of one check; each lasts five minutes. */
const OUTAGE_EVERY = 24 * 7;
const OUTAGE_MS = 5 * MINUTE;
const GOAL = { ms: 300, bytes: 200e6 };

const runs = Number(process.argv[2] ?? 15);
const source = fileURLToPath(new URL('../packages/mainstay', import.meta.url));
if (!existsSync(join(source, 'dist/cli.cjs')))
  throw new Error('cannot measure: there is no bundle; try: npm run build');

const folder = mkdtempSync(join(tmpdir(), 'mainstay-bench-report-'));
const state = join(folder, '.mainstay');
const launcher = join(folder, 'bin/mainstay.cjs');
const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };

/** A number that looks random and is the same each time, in [0, 1). */
const noise = (n: number): number => (Math.imul(n, 2_654_435_761) >>> 0) / 2 ** 32;

const isOut = (check: number, hour: number): boolean => (hour + check * 7) % OUTAGE_EVERY === 0;

/** What one check came to in an hour, drawn once: results of different hours differ in which of these they are. */
const HOURS: readonly Counts[] = Array.from({ length: 64 }, (_, drawn) => {
  const counts = noResults();
  for (let minute = 0; minute < 60; minute += 1) addResult(counts, 'pass', latencyOf(drawn * 60 + minute) * 1_000);
  return counts;
});

function latencyOf(n: number): number {
  return 5 + 20 * noise(n) ** 4;
}

/** The last week as the daemon writes it; what is older, as it is by now: sums of hours and days. */
function generate(): void {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const keeper = createKeeper({ path: join(state, 'mainstay.db'), writer: 'bench', retention: DEFAULT_RETENTION });
  keeper.open();
  const end = Math.floor(Date.now() / DAY) * 24;
  const first = end - DAYS * 24;
  const week = end - 7 * 24;
  for (let hour = first; hour < end; hour += 1) {
    const at = hour * HOUR;
    const [moves, events]: [Move[], JournalEvent[]] = [[], []];
    for (let check = 0; check < CHECKS; check += 1) {
      const begin = (state: 'up' | 'down', from: number, cause: string): void => {
        const subject: Subject = `check:site-${check}`;
        moves.push({ type: 'begin', subject, state, from, knownAt: from, cause, byOperator: false });
      };
      if (hour === first) begin('up', at, 'answered 200');
      if (!isOut(check, hour)) continue;
      begin('down', at, 'answered 502 instead of 200');
      begin('up', at + OUTAGE_MS, 'answered 200');
      events.push(closed(hour * CHECKS + check, `site-${check}`, at));
    }
    const samples = hour < week ? [] : samplesOf(hour);
    const facts = { alive: String(at + HOUR) };
    keeper.write(hour, encodeBatch({ ...emptyBatch(), samples, moves, events, facts }));
  }
  keeper.close();
  sumUp(first, week, end - 90 * 24);
}

function samplesOf(hour: number): SamplePack[] {
  const packer = new SamplePacker();
  for (let minute = 0; minute < 60; minute += 1) {
    for (let check = 0; check < CHECKS; check += 1) {
      const isDown = isOut(check, hour) && minute * MINUTE < OUTAGE_MS;
      const at = hour * HOUR + minute * MINUTE + check * 600;
      const latency = latencyOf((hour * 60 + minute) * CHECKS + check);
      packer.add(`check:site-${check}`, at, isDown ? 'fail' : 'pass', latency);
    }
  }
  return packer.take();
}

/** Sums of hours from `kept` on, and of all days. */
function sumUp(first: number, end: number, kept: number): void {
  const db = new DatabaseSync(join(state, 'mainstay.db'));
  const put = (table: string) => db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const [hours, days] = [put('result_hour'), put('result_day')];
  const write = (to: StatementSync, at: number, check: number, counts: Counts): void => {
    const { pass, warn, fail, unknown, sum, min, max, buckets } = counts;
    to.run(
      at,
      `check:site-${check}`,
      pass,
      warn,
      fail,
      unknown,
      Math.round(sum),
      Math.round(min),
      Math.round(max),
      packBuckets(buckets),
    );
  };
  db.exec('BEGIN');
  for (let day = first / 24; day < end / 24; day += 1) {
    for (let check = 0; check < CHECKS; check += 1) {
      const all = noResults();
      for (let hour = day * 24; hour < day * 24 + 24; hour += 1) {
        const counts = HOURS[(hour * 31 + check * 7) % HOURS.length] ?? noResults();
        const failed = isOut(check, hour) ? OUTAGE_MS / MINUTE : 0;
        addCounts(all, counts);
        all.fail += failed;
        if (hour >= kept) write(hours, hour, check, { ...counts, fail: failed });
      }
      write(days, day, check, all);
    }
  }
  db.exec('COMMIT');
  db.close();
}

/** An incident as the daemon journals one. */
function closed(id: number, name: string, at: number): JournalEvent {
  const text = 'answered 502 instead of 200';
  const entry = { at, subject: name, what: 'observation' as const, text };
  const record: Incident = {
    id,
    cause: name,
    severity: 'critical',
    title: `${name}: ${text}`,
    firstFailureAt: at,
    detectedAt: at + 2 * MINUTE,
    actionAt: null,
    recoveredAt: at + OUTAGE_MS,
    closedAt: at + OUTAGE_MS + MINUTE,
    by: 'itself',
    mergedInto: null,
    involved: [{ name, kind: 'check', reason: text, failure: 'check', from: at, until: at + OUTAGE_MS }],
    suppressed: [],
    timeline: [entry, entry, { ...entry, at: at + OUTAGE_MS, text: 'well again' }],
    omitted: 0,
  };
  const what = { instance: null, incarnation: null, message: record.title, data: { record } };
  return { seq: id, at: at + OUTAGE_MS + MINUTE, type: 'incident.closed', ...what };
}

function mainstay(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`mainstay ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}

/** One report: wall time in ms, and the most memory that its process had, bytes. */
async function report(format: string): Promise<{ ms: number; bytes: number }> {
  const args = [launcher, 'report', '--since', `${DAYS}d`, '--format', format];
  const began = performance.now();
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
  let peak = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8');
      peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024);
    } catch {
      // It is gone.
    }
  }, 5);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`the report failed with ${String(code)}`);
  return { ms: performance.now() - began, bytes: peak };
}

/** How long the daemon takes to say that it lives, ms. */
function ask(): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.get(
      { socketPath: join(state, 'daemon.sock'), path: '/health/live', agent: false },
      (answer) => {
        answer.resume().once('end', () => resolve(performance.now() - began));
      },
    );
    request.once('error', reject);
  });
}

/** Answers of the daemon while something goes on, one each ten milliseconds. */
async function during(work: Promise<unknown>): Promise<number[]> {
  const over = work.then(() => true);
  const pause = (): Promise<boolean> => new Promise((resolve) => setTimeout(() => resolve(false), 10));
  const times: number[] = [];
  do times.push(await ask());
  while (!(await Promise.race([over, pause()])));
  return times;
}

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
const median = (values: readonly number[]): number => sorted(values)[values.length >> 1] ?? NaN;
const p99 = (values: readonly number[]): number => sorted(values)[Math.ceil(values.length * 0.99) - 1] ?? NaN;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const verdict = (isMet: boolean): string => (isMet ? 'met' : 'missed');

async function measure(what: string): Promise<void> {
  const all: { ms: number; bytes: number }[] = [];
  for (let run = -2; run < runs; run += 1) {
    const one = await report('text');
    if (run >= 0) all.push(one); // the first rounds fill the caches
  }
  const ms = median(all.map((one) => one.ms));
  const bytes = Math.max(...all.map((one) => one.bytes));
  say(`${what}: ${ms.toFixed(0)} ms, ${(bytes / 1e6).toFixed(0)} MB; ${verdict(ms <= GOAL.ms && bytes <= GOAL.bytes)}`);
}

try {
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(join(source, name), join(folder, name), { recursive: true });
  const checks = Array.from({ length: CHECKS }, (_, n) => `  site-${n}: { exec: ["true"], interval: 24h }`);
  writeFileSync(join(folder, 'mainstay.yaml'), `checks:\n${checks.join('\n')}\n`);
  const began = performance.now();
  generate();
  const size = statSync(join(state, 'mainstay.db')).size;
  say(`a year of results made in ${((performance.now() - began) / 1000).toFixed(0)} s: ${(size / 1e6).toFixed(0)} MB`);
  const bare = Array.from({ length: runs }, () => {
    const start = performance.now();
    spawnSync(process.execPath, ['-e', '0'], { env });
    return performance.now() - start;
  });
  say(`node -e 0: ${median(bare).toFixed(0)} ms`);
  await measure('without a daemon');
  mainstay('up', '-d');
  try {
    await measure('asking the daemon');
    const quiet = await during(new Promise((resolve) => setTimeout(resolve, 3_000)));
    const busy = await during(
      (async () => {
        for (let run = 0; run < runs; run += 1) await report('json');
      })(),
    );
    const told = (times: readonly number[]): string =>
      `median ${median(times).toFixed(1)}, p99 ${p99(times).toFixed(1)} ms`;
    say(`answers of the daemon: ${told(quiet)}; while reports are made: ${told(busy)}`);
  } finally {
    mainstay('down');
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
