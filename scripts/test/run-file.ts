// One test file in its own process and process group.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestRecord } from './reporter.ts';

export interface FileRun {
  readonly root: string;
  /** Path relative to the root. */
  readonly file: string;
  /** Variables added to the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** ms */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface FileResult {
  readonly file: string;
  readonly records: readonly TestRecord[];
  /** What is wrong with the run as a whole: a crash, a hang, no test at all. */
  readonly crash: string | null;
  /** The end of what the file wrote to stdout and stderr. */
  readonly output: string;
  /** ms */
  readonly took: number;
}

const REPORTER = fileURLToPath(new URL('reporter.ts', import.meta.url));
/** Output kept for showing, in characters. */
const OUTPUT_LIMIT = 20_000;
/** How long a test file has to clean up after SIGTERM, ms. */
const GRACE = 5_000;
let serial = 0;

/** Runs the file to its end, to its timeout, or until the signal aborts it. */
export async function runFile({ root, file, env, timeout, signal }: FileRun): Promise<FileResult> {
  const start = performance.now();
  const events = join(env['MAINSTAY_TEST_EVENTS_DIR'] ?? '', `${String(++serial)}.jsonl`);
  const child = spawn(process.execPath, [`--test-reporter=${REPORTER}`, join(root, file)], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env, MAINSTAY_TEST_EVENTS: events },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-OUTPUT_LIMIT)));
  }

  let ended: string | null = null;
  let kill: NodeJS.Timeout | null = null;
  const end = (why: string): void => {
    if (ended !== null) return;
    ended = why;
    signalGroup(child.pid, 'SIGTERM');
    kill = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE);
  };
  const timer = setTimeout(() => end(`still running after ${String(timeout / 1000)} s`), timeout);
  const onAbort = (): void => end(`stopped by ${String(signal.reason)}`);
  signal.addEventListener('abort', onAbort, { once: true });

  const exit = await new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('error', (error) => {
      output += error.message;
      resolve({ code: 1, signal: null });
    });
    // Not "close": a process that was left behind may hold the pipes for ever, and the sandbox reports it.
    child.on('exit', (code, by) => setImmediate(() => resolve({ code, signal: by })));
  });
  clearTimeout(timer);
  if (kill !== null) clearTimeout(kill);
  signal.removeEventListener('abort', onAbort);
  child.stdout.destroy();
  child.stderr.destroy();

  const records = readRecords(events);
  return { file, records, crash: ended ?? crashOf(records, exit), output, took: performance.now() - start };
}

function crashOf(records: readonly TestRecord[], exit: { code: number | null; signal: string | null }): string | null {
  if (exit.signal !== null) return `killed by ${exit.signal}`;
  const failed = records.some((record) => record.type === 'fail');
  if (exit.code !== 0 && !failed) return `ended with exit code ${String(exit.code)} although no test failed`;
  return records.some((record) => record.type !== 'note') ? null : 'contains no test';
}

function readRecords(path: string): TestRecord[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return []; // the process ended before its first event
  }
  rmSync(path);
  // A line torn by a kill is not a result.
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean);
  return lines.map((line) => JSON.parse(line) as TestRecord);
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // already gone
  }
}
