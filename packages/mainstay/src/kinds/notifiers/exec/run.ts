import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { AlertMessage } from '../../../core/alert/index.ts';
import type { SendContext, SendOutcome } from '../../../ports/index.ts';
import { oneLine, seconds } from '../../kit/observe.ts';
import { headline, plainText, worst } from '../../kit/notifier/index.ts';
import type { ExecTarget } from './target.ts';

export { SECRETS } from './target.ts';

/** Bytes of standard error that are kept for the reason. */
const KEPT = 2048;
/** Of sysexits.h: usage, data, no such user, permission, configuration; and how a shell says that a program cannot be run. */
const PERMANENT = new Set([64, 65, 67, 77, 78, 126, 127]);
/** Why a program was not started, where trying again is of no use. */
const NOT_RUN: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program or directory',
  ENOTDIR: 'there is no such program or directory',
  EACCES: 'it may not be executed',
  ENOEXEC: 'it is no program',
};

export function render(_target: Record<string, unknown>, message: AlertMessage): readonly string[] {
  return [JSON.stringify(message)];
}

export function send(
  target: Record<string, unknown>,
  message: AlertMessage,
  context: SendContext,
): Promise<SendOutcome> {
  const { command } = target as unknown as ExecTarget;
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    if (context.signal.aborted) {
      resolve({ result: 'retry', reason: `${program} was not started in time`, afterMs: null });
      return;
    }
    // A group of its own, so that a deadline reaches what the program has started.
    const child = spawn(program, args, {
      cwd: context.workingDirectory,
      env: { ...context.environment, ...variables(message) },
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    });
    const complaint = beginning(child);
    let ended: SendOutcome | null = null;
    const finish = (outcome: SendOutcome): void => {
      context.signal.removeEventListener('abort', onAbort);
      child.stderr?.destroy();
      resolve(outcome);
    };
    const onAbort = (): void => {
      killGroup(child);
      const late = `${program} still ran after ${seconds(context.timeoutMs)}; killed`;
      finish(ended ?? { result: 'retry', reason: late, afterMs: null });
    };
    context.signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error: NodeJS.ErrnoException) => {
      const why = NOT_RUN[error.code ?? ''];
      if (why === undefined) finish({ result: 'retry', reason: `cannot run ${program}: ${error.code}`, afterMs: null });
      else finish({ result: 'permanent', reason: `cannot run ${program}: ${why}` });
    });
    child.once('exit', (code, signal) => {
      // In the same turn in which the leader was reaped: its number cannot belong to another group yet.
      killGroup(child);
      ended = judge(program, code, signal, complaint());
      // What left the group may hold standard error for longer: the deadline ends the wait then.
      child.once('close', () => finish(judge(program, code, signal, complaint())));
    });
    // A program that does not read its input is no failure.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${render(target, message)[0] ?? ''}\n`);
  });
}

function judge(program: string, code: number | null, signal: string | null, complaint: string): SendOutcome {
  if (code === 0) return { result: 'delivered', remark: null };
  const end = code === null ? `was killed by ${signal}` : `ended with exit code ${code}`;
  const reason = `${program} ${end}${complaint === '' ? '' : `: ${complaint}`}`;
  return code !== null && PERMANENT.has(code)
    ? { result: 'permanent', reason }
    : { result: 'retry', reason, afterMs: null };
}

function variables(message: AlertMessage): Record<string, string> {
  return {
    MAINSTAY_ALERT_KEY: message.key,
    MAINSTAY_ALERT_STAGE: message.stage,
    MAINSTAY_ALERT_SEVERITY: worst(message.alerts),
    MAINSTAY_ALERT_SUBJECT: message.alerts.map(({ subject }) => subject).join(' '),
    MAINSTAY_ALERT_TITLE: headline(message),
    MAINSTAY_ALERT_TEXT: plainText(message),
  };
}

function beginning(child: ChildProcess): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  child.stderr?.on('data', (chunk: Buffer) => {
    if (size < KEPT) chunks.push(chunk.subarray(0, KEPT - size));
    size += chunk.length;
  });
  child.stderr?.on('error', () => undefined);
  return () => oneLine(Buffer.concat(chunks).toString('utf8'), 200);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is empty.
  }
}
