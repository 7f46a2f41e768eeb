/**
 * Speed of log capture: 100-byte lines of one hard writer, through a FIFO and shared memory into a rotated file, against
 * two floors: `pipe`, a bare Node program that pipes the stdout of the same writer into one file, and `loop`, the least that
 * Node can do: readSync and writeSync in turns with one buffer, no rotation, no durability. Same machine, same run,
 * alternating; the best of each counts. Then what idle streams cost in memory.
 * `node benchmarks/log.ts [megabytes] [rounds] [folder of the logs]`
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoggingPlan } from '../packages/mainstay/src/core/plan/index.ts';
import { createLogHost } from '../packages/mainstay/src/host/log/index.ts';

const SOURCE_MEGABYTES = 100;
const megabytes = Number(process.argv[2] ?? 1000);
const rounds = Number(process.argv[3] ?? 3);
const where = process.argv[4] ?? os.tmpdir();
const IDLE_INSTANCES = 100;
const memory = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();

const LOGGING: LoggingPlan = {
  maxSize: 10 << 20,
  maxFiles: 5,
  maxAge: 30 * 86_400_000,
  split: false,
  whenFull: 'block',
  maxLine: 256 * 1024,
};

interface Result {
  gigabytesPerSecond: number;
  cpuSecondsPerGigabyte: number;
}

async function measured(work: () => Promise<void>): Promise<Result> {
  const before = process.cpuUsage();
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  return {
    gigabytesPerSecond: megabytes / 1000 / seconds,
    cpuSecondsPerGigabyte: (user + system) / 1e6 / (megabytes / 1000),
  };
}

function writer(source: string): string[] {
  return ['cat', ...Array.from({ length: Math.ceil(megabytes / SOURCE_MEGABYTES) }, () => source)];
}

function pipe(folder: string, source: string): Promise<Result> {
  return measured(async () => {
    const [program = '', ...words] = writer(source);
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    await pipeline(child.stdout, fs.createWriteStream(path.join(folder, 'pipe.log')));
  });
}

/** The writer's pipe is inherited as a descriptor that waits, so that nothing but the copying is measured. */
function loop(folder: string, source: string): Promise<Result> {
  const fifo = path.join(path.dirname(source), 'loop');
  execFileSync('mkfifo', [fifo]);
  return measured(async () => {
    const child = spawn('sh', ['-c', 'exec 1>"$0"; exec "$@"', fifo, ...writer(source)], { stdio: 'ignore' });
    const from = fs.openSync(fifo, 'r');
    const to = fs.openSync(path.join(folder, 'loop.log'), 'w');
    const buffer = Buffer.allocUnsafeSlow(64 * 1024);
    for (let bytes = fs.readSync(from, buffer); bytes > 0; bytes = fs.readSync(from, buffer)) {
      fs.writeSync(to, buffer, 0, bytes);
    }
    fs.closeSync(from);
    fs.closeSync(to);
    fs.rmSync(fifo);
    await once(child, 'exit');
  });
}

async function capture(folder: string, source: string): Promise<Result> {
  const directories = { runtime: fs.mkdtempSync(path.join(memory, 'mainstay-run-')), logs: path.join(folder, 'logs') };
  const host = await createLogHost({ directories, wall: Date.now });
  const pipes = host.open('web/0', 'web', LOGGING);
  host.begin('web/0', 1);
  const result = await measured(async () => {
    const child = spawn('sh', ['-c', 'exec 1<>"$0"; exec "$@"', pipes.out, ...writer(source)], { stdio: 'ignore' });
    await once(child, 'exit');
    host.drain('web/0');
    if (!(await host.flush(60_000))) throw new Error('the log was not written within a minute');
  });
  host.dispose();
  fs.rmSync(directories.runtime, { recursive: true });
  fs.rmSync(directories.logs, { recursive: true });
  return result;
}

/** Resident memory that the streams of a hundred idle instances cost, in KiB per instance (three streams each). */
async function idle(folder: string): Promise<number> {
  const directories = { runtime: fs.mkdtempSync(path.join(memory, 'mainstay-run-')), logs: path.join(folder, 'logs') };
  const host = await createLogHost({ directories, wall: Date.now });
  const before = process.memoryUsage.rss();
  for (let number = 0; number < IDLE_INSTANCES; number++) {
    host.open(`web/${number}`, 'web', LOGGING);
    host.begin(`web/${number}`, 1);
  }
  await delay(500);
  const kilobytes = (process.memoryUsage.rss() - before) / 1024 / IDLE_INSTANCES;
  host.dispose();
  fs.rmSync(directories.runtime, { recursive: true });
  return kilobytes;
}

const folder = fs.mkdtempSync(path.join(where, 'mainstay-bench-'));
const source = path.join(fs.mkdtempSync(path.join(memory, 'mainstay-bench-')), 'lines');
try {
  fs.writeFileSync(source, `${'x'.repeat(99)}\n`.repeat((SOURCE_MEGABYTES * 1e6) / 100));
  console.log(`idle     ${(await idle(folder)).toFixed(0)} KiB of memory per instance`);
  const best = { pipe: 0, loop: 0, capture: 0 };
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of [
      ['pipe', pipe],
      ['loop', loop],
      ['capture', capture],
    ] as const) {
      const { gigabytesPerSecond, cpuSecondsPerGigabyte } = await run(folder, source);
      best[name] = Math.max(best[name], gigabytesPerSecond);
      console.log(
        `${name.padEnd(8)} ${gigabytesPerSecond.toFixed(2)} GB/s  ${cpuSecondsPerGigabyte.toFixed(2)} CPU s/GB`,
      );
    }
  }
  for (const floor of ['pipe', 'loop'] as const) {
    console.log(
      `capture / ${floor} = ${(best.capture / best[floor]).toFixed(2)} (${best.capture.toFixed(2)} / ${best[floor].toFixed(2)} GB/s)`,
    );
  }
  console.log(`${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB resident at the end`);
} finally {
  fs.rmSync(folder, { recursive: true });
  fs.rmSync(path.dirname(source), { recursive: true });
}
process.exit(0);
