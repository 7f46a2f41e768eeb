import { spawn } from 'node:child_process';
import type { RemedyRun, StepResult } from '../../ports/index.ts';
import { systemTool } from '../process/tools.ts';

/** Bytes of the end of its output that are kept: what a program said last tells how it went. */
const KEPT = 4096;
/** After the end of the program, so long its pipes are waited for: somebody it left behind may hold them. */
const DRAIN_MS = 1_000;
/** The tool that ends it should mainstay itself be gone gives it this much longer, s. */
const LATER_S = 5;

/**
 * Runs a program to its end, or kills it with all of its group at its timeout. Never rejects.
 *
 * It runs under timeout(1) where there is one, so that the limit holds also when mainstay is killed meanwhile.
 */
export function runProgram({ program, command, environment, ...limits }: RemedyRun): Promise<StepResult> {
  const { workingDirectory, timeoutMs } = limits;
  const timeout = systemTool('timeout');
  const limit = `${Math.ceil(timeoutMs / 1000) + LATER_S}`;
  const [first = '', ...args] = timeout === null ? command : [timeout, '-s', 'KILL', limit, ...command];
  return new Promise((resolve) => {
    const child = spawn(first, args, {
      cwd: workingDirectory,
      env: { ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that the limit reaches what the program has started.
      detached: true,
    });
    let output = Buffer.alloc(0);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output = Buffer.from(Buffer.concat([output, chunk]).subarray(-KEPT))));
      stream.on('error', () => undefined);
    }
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group is empty.
      }
    };
    let isLate = false;
    const limitTimer = setTimeout(() => {
      isLate = true;
      kill();
    }, timeoutMs);
    const end = (ok: boolean, how: string): void => {
      clearTimeout(limitTimer);
      child.stdout.destroy();
      child.stderr.destroy();
      const said = output
        .toString('utf8')
        .replaceAll(/[^\P{Cc}\n\t]/gu, '')
        .trim();
      const last = said.split('\n').at(-1)?.trim().slice(0, 200) ?? '';
      resolve({ ok, text: `${program}: ${how}${last === '' ? '' : `: ${last}`}`, data: { output: said } });
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      end(false, error.code === 'ENOENT' ? 'there is no such program or directory' : `cannot be run: ${error.message}`);
    });
    child.once('exit', (code, signal) => {
      // In the same turn in which the leader was reaped: its number cannot belong to another group yet.
      kill();
      const finish = (): void => {
        clearTimeout(drain);
        if (isLate) end(false, `killed after ${timeoutMs / 1000} s`);
        else if (code === 127 && timeout !== null) end(false, 'there is no such program');
        else end(code === 0, code === null ? `killed by ${signal ?? 'a signal'}` : `exit code ${code}`);
      };
      const drain = setTimeout(finish, DRAIN_MS);
      child.once('close', finish);
    });
  });
}
