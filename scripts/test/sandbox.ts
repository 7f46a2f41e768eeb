// Where test files run, and the proof that they left nothing behind: their temporary files live in one directory, and
// their processes carry the run's id in the environment or that directory in their environment, arguments or cwd.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Sandbox {
  /** Variables that every test file gets. */
  readonly env: Readonly<Record<string, string>>;
  /** Removes everything; returns one line for each thing that a test left behind. */
  close(): Promise<string[]>;
}

/** How long processes that were told to end have to do so, ms. */
const SETTLE = 5_000;
/** Node's compile cache belongs to no test. */
const EXPECTED = new Set(['node-compile-cache']);

/** Makes the directory. Its path is short because Unix sockets below it allow 107 bytes. */
export function openSandbox(): Sandbox {
  const id = randomUUID();
  const base = mkdtempSync(join(tmpdir(), 'ms-'));
  const temp = join(base, 't');
  const events = join(base, 'events');
  mkdirSync(temp);
  mkdirSync(events);
  // Like /tmp: tests of other users (PostgreSQL refuses to run as root) make their own files in it.
  chmodSync(base, 0o755);
  chmodSync(temp, 0o1777);
  return {
    env: { MAINSTAY_TEST_RUN: id, TMPDIR: temp, MAINSTAY_TEST_EVENTS_DIR: events },
    async close() {
      const marks = [`MAINSTAY_TEST_RUN=${id}`, `${temp}/`];
      const leaks = [...(await leftProcesses(marks)), ...leftMounts(temp), ...leftFiles(temp)];
      if (leftMounts(temp).length === 0) rmSync(base, { recursive: true, force: true });
      return leaks;
    },
  };
}

/** Waits for them to end, then kills what is still there: each pid is looked at again just before. */
async function leftProcesses(marks: readonly string[]): Promise<string[]> {
  const deadline = performance.now() + SETTLE;
  let left = findProcesses(marks);
  while (left.length > 0 && performance.now() < deadline) {
    await delay(100);
    left = findProcesses(marks);
  }
  for (const { pid } of left) if (isMarked(pid, marks)) process.kill(pid, 'SIGKILL');
  return left.map(({ pid, command }) => `process ${String(pid)} was still running (killed now): ${command}`);
}

function findProcesses(marks: readonly string[]): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && isMarked(pid, marks))
    .map((pid) => ({ pid, command: read(pid, 'cmdline').replaceAll('\0', ' ').trim().slice(0, 200) }));
}

function isMarked(pid: number, marks: readonly string[]): boolean {
  const text = `${read(pid, 'environ')}\0${read(pid, 'cmdline')}\0${cwdOf(pid)}/`;
  return marks.some((mark) => text.includes(mark));
}

/** Empty for a process that has ended, is a zombie or belongs to somebody else. */
function read(pid: number, file: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

function cwdOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${String(pid)}/cwd`);
  } catch {
    return '';
  }
}

function leftMounts(temp: string): string[] {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  return points.filter((point) => point.startsWith(`${temp}/`)).map((point) => `mount ${point}`);
}

function leftFiles(temp: string): string[] {
  return readdirSync(temp)
    .filter((name) => !EXPECTED.has(name))
    .map((name) => `${name} in the temporary directory`);
}
