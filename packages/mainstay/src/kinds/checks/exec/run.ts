import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { MESSAGE_LIMIT, Report, oneLine, seconds } from '../../kit/index.ts';
import type { ExecTarget } from './target.ts';

/** Bytes of each output stream that are looked at for a message. The rest is read and thrown away. */
const KEPT = 4096;

export function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const { command } = target as unknown as ExecTarget;
  const report = new Report(context);
  const [program = ''] = command;
  const [first = '', ...args] = [...context.asUser, ...command];
  if (context.signal.aborted) return Promise.resolve(report.aborted(program));
  return new Promise((resolve) => {
    // A group of its own, so that a deadline reaches what the program has started.
    const child = spawn(first, args, {
      cwd: context.workingDirectory,
      env: { ...context.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const output = firstLines(child);
    let ended: Observation | null = null;

    const onAbort = (): void => {
      killGroup(child);
      // A grandchild that left the group may hold the pipes for ever: do not wait for their end.
      child.stdout?.destroy();
      child.stderr?.destroy();
      const { timeoutMs } = context;
      finish(
        ended ??
          (report.timedOut()
            ? report.observe('fail', `${program} still ran after ${seconds(timeoutMs)}; killed`)
            : report.observe('unknown', `cancelled while ${program} ran`)),
      );
    };
    const finish = (observation: Observation): void => {
      context.signal.removeEventListener('abort', onAbort);
      resolve(observation);
    };
    context.signal.addEventListener('abort', onAbort, { once: true });

    child.once('error', (error: NodeJS.ErrnoException) => {
      void couldNotRun(program, error, context.workingDirectory).then((why) => finish(report.observe('unknown', why)));
    });
    child.once('exit', (code, signal) => {
      // In the same turn in which the leader was reaped: its number cannot belong to another group yet.
      killGroup(child);
      const { latencyMs } = report.observe('pass', '');
      child.once('close', () => {
        ended = { ...judge(program, code, signal, output(), report), latencyMs };
        finish(ended);
      });
      ended = { ...judge(program, code, signal, output(), report), latencyMs };
    });
  });
}

function judge(program: string, code: number | null, signal: string | null, line: string, report: Report): Observation {
  if (code === null) return report.observe('fail', `${program} was killed by ${signal}`);
  if (code === 0) return report.observe('pass', line === '' ? `${program}: exit code 0` : line, { exit_code: 0 });
  const message = line === '' ? `${program}: exit code ${code}` : `${line} (exit code ${code})`;
  const notRun = code === 126 || code === 127;
  return report.observe(notRun ? 'unknown' : 'fail', message, { exit_code: code });
}

/** Collects the beginning of both streams; answers the first line that is not empty, of stdout before stderr. */
function firstLines(child: ChildProcess): () => string {
  const kept = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream?.on('data', (chunk: Buffer) => {
      if (size < KEPT) chunks.push(chunk.subarray(0, KEPT - size));
      size += chunk.length;
    });
    stream?.on('error', () => undefined);
    return chunks;
  });
  return () => {
    const lines = kept.flatMap((chunks) => Buffer.concat(chunks).toString('utf8').split('\n'));
    return oneLine(lines.find((line) => line.trim() !== '') ?? '', MESSAGE_LIMIT - 20);
  };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is empty.
  }
}

async function couldNotRun(program: string, error: NodeJS.ErrnoException, directory: string): Promise<string> {
  if (error.code === 'ENOENT') {
    // The same code for a missing program and a missing directory.
    const there = await access(directory, constants.X_OK).then(
      () => true,
      () => false,
    );
    return there
      ? `cannot run ${program}: there is no such program`
      : `cannot run ${program}: the directory ${directory} cannot be used`;
  }
  if (error.code === 'EACCES') return `cannot run ${program}: it may not be executed`;
  return `cannot run ${program}: ${error.message}`;
}
