/**
 * Speed of log capture: 100-byte lines of one hard writer, through a FIFO and shared memory into a rotated file, against
 * the floor of a bare Node program that pipes the stdout of the same writer into one file. Same machine, same run,
 * alternating; the best of each counts. `node benchmarks/log.ts [megabytes] [rounds]`
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createLogHost } from '../packages/mainstay/src/host/log/index.ts';

const SOURCE_MEGABYTES = 100;
const megabytes = Number(process.argv[2] ?? 1000);
const rounds = Number(process.argv[3] ?? 3);
const memory = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();

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

function floor(folder: string, source: string): Promise<Result> {
  return measured(async () => {
    const [program = '', ...words] = writer(source);
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    await pipeline(child.stdout, fs.createWriteStream(path.join(folder, 'floor.log')));
  });
}

async function capture(folder: string, source: string): Promise<Result> {
  const directories = { runtime: fs.mkdtempSync(path.join(memory, 'mainstay-run-')), logs: path.join(folder, 'logs') };
  const host = await createLogHost({ directories, wall: Date.now });
  const pipes = host.open('web/0', 'web', {
    maxSize: 10 << 20,
    maxFiles: 5,
    maxAge: 30 * 86_400_000,
    split: false,
    whenFull: 'block',
    maxLine: 256 * 1024,
  });
  host.begin('web/0', 1);
  const result = await measured(async () => {
    const child = spawn('sh', ['-c', 'exec 1<>"$0"; exec "$@"', pipes.out, ...writer(source)], { stdio: 'ignore' });
    await new Promise((resolve) => {
      child.on('exit', resolve);
    });
    host.drain('web/0');
    if (!(await host.flush(60_000))) throw new Error('the log was not written within a minute');
  });
  host.dispose();
  fs.rmSync(directories.runtime, { recursive: true });
  fs.rmSync(directories.logs, { recursive: true });
  return result;
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mainstay-bench-'));
const source = path.join(fs.mkdtempSync(path.join(memory, 'mainstay-bench-')), 'lines');
try {
  fs.writeFileSync(source, `${'x'.repeat(99)}\n`.repeat((SOURCE_MEGABYTES * 1e6) / 100));
  const best = { floor: 0, capture: 0 };
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of [
      ['floor', floor],
      ['capture', capture],
    ] as const) {
      const { gigabytesPerSecond, cpuSecondsPerGigabyte } = await run(folder, source);
      best[name] = Math.max(best[name], gigabytesPerSecond);
      console.log(
        `${name.padEnd(8)} ${gigabytesPerSecond.toFixed(2)} GB/s  ${cpuSecondsPerGigabyte.toFixed(2)} CPU s/GB`,
      );
    }
  }
  console.log(
    `capture / floor = ${(best.capture / best.floor).toFixed(2)} (${best.capture.toFixed(2)} / ${best.floor.toFixed(2)} GB/s)`,
  );
} finally {
  fs.rmSync(folder, { recursive: true });
  fs.rmSync(path.dirname(source), { recursive: true });
}
process.exit(0);
