import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { LoggingPlan } from '../../../../src/core/plan/index.ts';

const CAPTURER = path.join(import.meta.dirname, 'capturer.ts');

/** A capturing process. */
export interface Capturing {
  child: ChildProcess;
  /** The signal that ended it, or its exit code. */
  ended: Promise<NodeJS.Signals | number | null>;
}

/** Starts a capturing process and waits until it reads, or has ended. */
export async function startCapturing(
  test: Pick<TestContext, 'after'>,
  folder: string,
  plan: Partial<LoggingPlan>,
  ...point: string[]
): Promise<Capturing> {
  const words = ['--disable-warning=ExperimentalWarning', CAPTURER, folder, JSON.stringify(plan), ...point];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  test.after(() => child.kill('SIGKILL'));
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? code));
  });
  await Promise.race([ended, new Promise((resolve) => child.stdout.once('data', resolve))]);
  return { child, ended };
}

/** A program that writes numbered lines of random length to a FIFO, as fast as it can. */
export function startWriter(test: Pick<TestContext, 'after'>, fifo: string, lines: number, seed: number): Capturing {
  // A pipe that nobody has open loses what is in it: the writer may end while nobody captures.
  const held = fs.openSync(fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
  test.after(() => fs.closeSync(held));
  const script = `awk -v n=${lines} -v seed=${seed} 'BEGIN { srand(seed); x = sprintf("%300s", ""); gsub(/ /, "x", x);
    for (i = 1; i <= n; i++) { printf "%d %s\\n", i, substr(x, 1, int(rand() * 300)); if (rand() < 0.001) fflush() } }'`;
  const child = spawn('sh', ['-c', `exec 1<>"$0"; ${script}`, fifo], { stdio: 'ignore' });
  test.after(() => child.kill('SIGKILL'));
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? code));
  });
  return { child, ended };
}

/**
 * What is wrong with a log of numbered lines 1 … count: missing without being counted as dropped, doubled, torn or out
 * of order; null when nothing is. With `maxLine`, longer lines are in pieces of that length.
 */
export function wrongWith(log: Buffer, count: number, maxLine = Infinity): string | null {
  let expected = 1;
  let at = 0;
  let before = 0;
  while (at < log.length) {
    const newline = log.indexOf(10, at);
    if (newline < 0) return `the last line has no newline: ${log.toString('latin1', at, at + 80)}`;
    const line = log.toString('latin1', at, newline);
    at = newline + 1;
    const goesOn = before === maxLine && /^x+$/.test(line);
    before = line.length;
    if (goesOn) continue;
    const dropped = /^\[mainstay\] (\d+) lines? dropped$/.exec(line);
    if (dropped === null && !/^\d+ x*$/.test(line)) {
      return `torn at line ${expected}: ${JSON.stringify(line.slice(0, 120))}`;
    }
    const number = Number.parseInt(line, 10);
    if (dropped === null && number !== expected) return `line ${expected} expected, ${number} found`;
    if (line.length > maxLine) return `line ${number} is ${line.length} bytes long`;
    expected += dropped === null ? 1 : Number(dropped[1]);
  }
  return expected === count + 1 ? null : `${count} lines expected, ${expected - 1} found`;
}
