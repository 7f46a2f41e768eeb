import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { HeartbeatRequest } from '@mainstay/protocol';
import { MainstayError } from '@mainstay/protocol';
import type { Io } from '../framework/index.ts';

/** What a shell answers for a program that cannot be started. */
const NOT_FOUND = 127;
/** Signals that are meant for the job. Ctrl-C on a terminal reaches it by itself. */
const PASSED_ON = ['SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a job and reports its start and its end. A daemon that cannot be reached keeps no job from being done.
 * @returns the exit code of the job; 128 and the number of the signal that ended it
 */
export async function runJob(
  command: readonly string[],
  tell: (ping: HeartbeatRequest) => Promise<unknown>,
  io: Pick<Io, 'err' | 'cwd'>,
): Promise<number> {
  const told = async (ping: HeartbeatRequest): Promise<void> => {
    await tell(ping).catch((error: unknown) => {
      if (!(error instanceof MainstayError)) throw error;
      io.err(`mainstay: cannot report: ${error.message}\n`);
    });
  };
  const [program = '', ...args] = command;
  await told({ signal: 'start' });
  const child = spawn(program, args, { stdio: 'inherit', cwd: io.cwd });
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  const stay = (): void => undefined;
  process.on('SIGINT', stay);
  for (const signal of PASSED_ON) process.on(signal, passOn);
  try {
    const code = await ended(child);
    if (typeof code === 'string') {
      io.err(`mainstay: cannot run ${program}: ${code}\n`);
      await told({ signal: 'fail', code: NOT_FOUND, message: `${program}: ${code}` });
      return NOT_FOUND;
    }
    await told({ signal: code === 0 ? 'success' : 'fail', code });
    return code;
  } finally {
    process.off('SIGINT', stay);
    for (const signal of PASSED_ON) process.off(signal, passOn);
  }
}

/** Its exit code, or why it could not be started. */
async function ended(child: ReturnType<typeof spawn>): Promise<number | string> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such program' : (error as Error).message;
  }
}
