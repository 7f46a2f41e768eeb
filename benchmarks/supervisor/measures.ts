/** The measures; each gives rows for the report. Ratios are of medians of one run, taken by turns. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { alive, cpuOf, makeFloor, makeMainstay, median, memoryOf, read, Run, until, type Supervisor } from './kit.ts';
import * as adapter from './adapter.mjs';

export interface Row {
  measure: string;
  value: string;
  goal: string;
  /** Null: nothing is asked of it. */
  reached: boolean | null;
}

export interface Scale {
  rounds: number;
  sizes: readonly number[];
  idleSeconds: number;
  logMegabytes: number;
}

const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
const times = (value: number): string => `${value.toFixed(2)} ×`;

/** From `kill -9` to the first byte of the next life; services that have run for a while, at any phase of a second. */
export async function crash({ rounds }: Scale): Promise<Row[]> {
  await using floor = new Run(makeFloor());
  await using own = new Run(makeMainstay());
  for (const run of [floor, own]) await run.launch([run.service('one')]);
  const taken = { floor: [] as number[], own: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    await sleep(1200 + Math.random() * 1000);
    for (const [name, run] of [
      ['floor', floor],
      ['own', own],
    ] as const) {
      const before = run.stamps.length;
      const from = performance.now();
      process.kill(run.stamps.at(-1)!.pid, 'SIGKILL');
      await until(() => run.stamps.length > before, 15_000, 1);
      taken[name].push(run.stamps[before]!.at - from);
    }
  }
  const ratio = median(taken.own) / median(taken.floor);
  return [
    {
      measure: 'crash → first byte of the next life',
      value: `${times(ratio)} the bare loop (${ms(median(taken.own))} against ${ms(median(taken.floor))})`,
      goal: '<= 1.5 ×',
      reached: ratio <= 1.5,
    },
  ];
}

interface Grown {
  boot: number;
  stop: number;
  rss: number;
}

async function grow(supervisor: Supervisor, size: number, bySignal = true): Promise<Grown> {
  const run = new Run(supervisor);
  const services = Array.from({ length: size }, (_, at) => run.service(`q${String(at).padStart(4, '0')}`));
  await run.launch(services);
  const boot = Math.max(...run.stamps.slice(0, size).map(({ at }) => at)) - run.launchedAt;
  await sleep(3000);
  const { rss } = memoryOf(supervisor.daemonPids());
  const pids = new Set(run.stamps.map(({ pid }) => pid));
  const from = performance.now();
  const stopping = bySignal ? (supervisor.stopBySignal?.() ?? supervisor.stop()) : supervisor.stop();
  await until(() => {
    for (const pid of pids) {
      if (alive(pid)) return false;
      pids.delete(pid);
    }
    return true;
  }, 150_000);
  const stop = performance.now() - from;
  await stopping;
  await run[Symbol.asyncDispose]().catch(() => undefined);
  return { boot, stop, rss };
}

/** Start, memory and stop at several numbers of services, one supervisor at a time. */
export async function scale({ rounds, sizes }: Scale): Promise<Row[]> {
  const found = new Map<number, { floor: Grown[]; own: Grown[]; command: Grown[] }>();
  for (const size of sizes) {
    const all = { floor: [] as Grown[], own: [] as Grown[], command: [] as Grown[] };
    for (let round = 0; round < Math.max(1, Math.round(rounds / 5)); round += 1) {
      all.floor.push(await grow(makeFloor(), size));
      all.own.push(await grow(makeMainstay(), size));
      all.command.push(await grow(makeMainstay(), size, false));
    }
    found.set(size, all);
  }
  const of = (size: number, who: 'floor' | 'own' | 'command', field: keyof Grown): number =>
    median(found.get(size)![who].map((one) => one[field]));
  const [small = 1] = sizes;
  const large = sizes.at(-1) ?? 1;
  const each = (who: 'floor' | 'own', field: keyof Grown): number =>
    (of(large, who, field) - of(small, who, field)) / Math.max(1, large - small);
  const fixed = of(small, 'own', 'boot');
  const rows: Row[] = [
    {
      measure: `start of ${small}: everything but the services`,
      value: `${ms(fixed)} (bare loop ${ms(of(small, 'floor', 'boot'))})`,
      goal: '<= 150 ms',
      reached: fixed <= 150,
    },
    {
      measure: `start: each further service, up to ${large}`,
      value: `${times(each('own', 'boot') / each('floor', 'boot'))} the bare loop (${ms(each('own', 'boot'))})`,
      goal: '<= 1.5 ×',
      reached: each('own', 'boot') <= 1.5 * each('floor', 'boot'),
    },
    {
      measure: 'memory: each further service',
      value: `${each('own', 'rss').toFixed(0)} KB`,
      goal: '<= 50 KB',
      reached: each('own', 'rss') <= 50,
    },
  ];
  if (found.has(100)) {
    const ratio = of(100, 'own', 'rss') / of(100, 'floor', 'rss');
    rows.push({
      measure: 'memory with 100 services (RSS)',
      value: `${times(ratio)} the bare loop (${(of(100, 'own', 'rss') / 1024).toFixed(0)} MB)`,
      goal: '<= 1.6 ×',
      reached: ratio <= 1.6,
    });
  }
  for (const size of sizes.filter((one) => one >= 100)) {
    for (const [who, how] of [
      ['own', 'by a signal'],
      ['command', 'by `mainstay down`'],
    ] as const) {
      const ratio = of(size, who, 'stop') / of(size, 'floor', 'stop');
      rows.push({
        measure: `stop of ${size} ${how}, each tree proven empty`,
        value: `${times(ratio)} the bare loop (${ms(of(size, who, 'stop'))})`,
        goal: '<= 3 ×',
        reached: ratio <= 3,
      });
    }
  }
  return rows;
}

/** Processor time with 100 services that do nothing, with and without measuring them. */
export async function idle({ idleSeconds }: Scale): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [sampling, goal] of [
    ['off', 5],
    ['on', 25],
  ] as const) {
    process.env['MAINSTAY_BENCH_SAMPLING'] = sampling;
    await using own = new Run(makeMainstay());
    await own.launch(Array.from({ length: 100 }, (_, at) => own.service(`q${at}`)));
    await sleep(10_000);
    const pids = own.supervisor.daemonPids();
    const before = cpuOf(pids);
    await sleep(idleSeconds * 1000);
    const perMinute = (cpuOf(pids) - before) / (idleSeconds / 60);
    rows.push({
      measure: `idle CPU, 100 quiet services, sampling ${sampling}`,
      value: `${perMinute.toFixed(1)} ms a minute`,
      goal: `<= ${goal}`,
      reached: perMinute <= goal,
    });
  }
  delete process.env['MAINSTAY_BENCH_SAMPLING'];
  return rows;
}

const WRITER = fileURLToPath(new URL('./writer.mjs', import.meta.url));
const LINE_BYTES = 100;

interface Logged {
  megabytesPerSecond: number;
  lost: number;
  doubled: number;
  torn: number;
}

async function logged(supervisor: Supervisor, megabytes: number, rate: number, keep: number): Promise<Logged> {
  const run = new Run(supervisor);
  const lines = (megabytes * 1e6) / LINE_BYTES;
  const writer = `exec '${process.execPath}' '${WRITER}' ${lines} ${rate}`;
  await run.launch([run.service('spew', writer, { log: { maxBytes: 10_000_000, keep } })]);
  const from = run.stamps[0]!.at;
  const last = String(lines - 1).padStart(12, '0');
  await until(() => supervisor.logFiles('spew').some((file) => endOf(file).includes(last)), 240_000, 5);
  const took = performance.now() - from;
  await sleep(500);
  const seen = new Uint8Array(lines);
  let torn = 0;
  for (const file of supervisor.logFiles('spew')) {
    for (const line of readFileSync(file, 'latin1').split('\n')) {
      if (line === '') continue;
      const number = /^(\d{12}) x{86}$/.exec(line)?.[1];
      if (number === undefined) torn += 1;
      else seen[Number(number)]! += 1;
    }
  }
  await run[Symbol.asyncDispose]();
  return {
    megabytesPerSecond: megabytes / (took / 1000),
    lost: seen.filter((count) => count === 0).length,
    doubled: seen.filter((count) => count > 1).length,
    torn,
  };
}

function endOf(file: string): string {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return size === 0 ? '' : execFileSync('tail', ['-c', '300', file], { encoding: 'latin1' });
}

/** Capture at full speed with rotation, and every line accounted for. */
export async function log({ rounds, logMegabytes }: Scale): Promise<Row[]> {
  const speeds = { floor: [] as number[], own: [] as number[] };
  for (let round = 0; round < Math.max(1, Math.round(rounds / 5)); round += 1) {
    speeds.floor.push((await logged(makeFloor(), logMegabytes, 0, 5)).megabytesPerSecond);
    speeds.own.push((await logged(makeMainstay(), logMegabytes, 0, 5)).megabytesPerSecond);
  }
  const ratio = median(speeds.own) / median(speeds.floor);
  const rows: Row[] = [
    {
      measure: 'log capture at full speed, rotation on',
      value: `${times(ratio)} the bare loop without rotation (${median(speeds.own).toFixed(0)} MB/s)`,
      goal: '> 1 ×; beside supervisord: >= 1.2 × of it',
      reached: ratio > 1,
    },
  ];
  for (const [what, megabytes, rate] of [
    ['at full speed', 50, 0],
    ['at 25 MB/s', 100, 25],
  ] as const) {
    const { lost, doubled, torn } = await logged(makeMainstay(), megabytes, rate, 30);
    rows.push({
      measure: `lines lost, doubled, torn ${what}`,
      value: `${lost}, ${doubled}, ${torn} of ${(megabytes * 1e6) / LINE_BYTES}`,
      goal: '0, 0, 0',
      reached: lost + doubled + torn === 0,
    });
  }
  return rows;
}

/** SIGKILL of the daemon over 10 services, 5 of which write a line every 20 ms. */
export async function death(): Promise<Row[]> {
  const run = new Run(makeMainstay());
  const chatty = (at: number): string =>
    `n=0; while :; do n=$((n+1)); echo "tick $n" >>'${join(run.directory, `side-${at}`)}'; echo "tick $n"; sleep 0.02; done`;
  await run.launch(Array.from({ length: 10 }, (_, at) => run.service(`s${at}`, at < 5 ? undefined : chatty(at))));
  await sleep(2000);
  const before = new Map(run.stamps.map(({ name, pid }) => [name, pid]));
  process.kill(run.supervisor.mainPid(), 'SIGKILL');
  await sleep(3000);
  await run.supervisor.relaunch();
  await sleep(1000);
  const claimed = await run.supervisor.pids();
  const survived = [...before.values()].filter(alive).length;
  const adopted = [...before].filter(([name, pid]) => claimed[name] === pid).length;
  const started = run.stamps.length - 10;
  await run.supervisor.stop();
  const left = run.left().length;
  let lost = 0;
  for (let at = 5; at < 10; at += 1) {
    const have = new Set(run.supervisor.logFiles(`s${at}`).flatMap((file) => read(file).split('\n')));
    for (const line of read(join(run.directory, `side-${at}`)).split('\n'))
      if (line !== '' && !have.has(line)) lost += 1;
  }
  await run[Symbol.asyncDispose]();
  return [
    {
      measure: 'daemon killed over 10 services: survived, adopted, started again, lines lost, left after down',
      value: [survived, adopted, started, lost, left].join(', '),
      goal: '10, 10, 0, 0, 0',
      reached: survived === 10 && adopted === 10 && started + lost + left === 0,
    },
  ];
}

/** Does stopping reach what a service started? */
export async function grandchildren(): Promise<Row[]> {
  const run = new Run(makeMainstay());
  await run.launch([run.service('family', 'sleep 1000001 & sleep 1000001')]);
  await sleep(500);
  const before = run.left().length;
  await run.supervisor.stop();
  const left = run.left().length;
  await run[Symbol.asyncDispose]();
  return [
    {
      measure: '`sleep & sleep`: processes left after stop',
      value: `${left} of ${before}`,
      goal: '0',
      reached: left === 0,
    },
  ];
}

/** What a look costs, as a command. */
export async function status({ rounds }: Scale): Promise<Row[]> {
  await using own = new Run(makeMainstay());
  await own.launch(Array.from({ length: 10 }, (_, at) => own.service(`q${at}`)));
  const bare: number[] = [];
  const asked: number[] = [];
  for (let round = -2; round < rounds * 2; round += 1) {
    const from = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    const between = performance.now();
    await adapter.run(adapter.launcher(), own.directory, ['status']);
    if (round < 0) continue;
    bare.push(between - from);
    asked.push(performance.now() - between);
  }
  const ratio = median(asked) / median(bare);
  return [
    {
      measure: '`mainstay status` as a command',
      value: `${times(ratio)} node -e 0 (${ms(median(asked))})`,
      goal: '<= 2.5 ×',
      reached: ratio <= 2.5,
    },
  ];
}

export const MEASURES = { crash, scale, idle, log, death, grandchildren, status };
