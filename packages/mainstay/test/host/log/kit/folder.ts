import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { LoggingPlan } from '../../../../src/core/plan/index.ts';

/** A folder of the test's own, removed when it ends. */
export function temporaryFolder(test: Pick<TestContext, 'after'>): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mainstay-log-'));
  test.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Both directories that a log host needs, in one folder. */
export function directoriesIn(folder: string): { runtime: string; logs: string } {
  return { runtime: path.join(folder, 'run'), logs: path.join(folder, 'logs') };
}

export function loggingPlan(changes: Partial<LoggingPlan> = {}): LoggingPlan {
  return {
    maxSize: 1 << 30,
    maxFiles: 5,
    maxAge: 30 * 86_400_000,
    split: false,
    whenFull: 'block',
    maxLine: 256 * 1024,
    ...changes,
  };
}

/** Waits for a condition; the deadline is generous, since only a defect reaches it. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

/** Everything that was ever written to a log of which nothing was deleted, the oldest file first. */
export function wholeLog(logs: string, name: string): Buffer {
  const files = fs
    .readdirSync(logs)
    .filter((file) => file === name || (file.startsWith(`${name}.`) && /^\d+$/.test(file.slice(name.length + 1))))
    .map((file) => ({ file, number: file === name ? 0 : Number(file.slice(name.length + 1)) }))
    .sort((a, b) => b.number - a.number);
  return Buffer.concat(files.map(({ file }) => fs.readFileSync(path.join(logs, file))));
}

/** The records of processes that keep the pipes open. */
export function holders(io: string): string[] {
  return fs.readdirSync(io).filter((name) => name.startsWith('holder.') && fs.statSync(path.join(io, name)).size > 0);
}
