import { describeExit, type Exit } from '@mainstay/protocol';
import type { Clock, Timer } from '../../ports/index.ts';
import { atomicWrite, type WriteFile } from './atomic-write.ts';

/** One failure, for `process_status.json`. */
export interface ProcessFailure {
  /** What a person calls the process: `backend`, or `backend/1`. */
  process: string;
  /** UTC ms. */
  at: number;
  exit: Exit;
  incarnation: number;
  project: string;
}

export interface ProcessStatusWriter {
  /** Writes the failure soon. Of several that come while a write is going on, the newest is written. */
  failed(failure: ProcessFailure): void;
  /** Resolves when nothing is being written or waits; rejects never. */
  idle(): Promise<void>;
  /** Gives up what waits to be tried again. */
  close(): void;
}

export interface ProcessStatusOptions {
  clock: Clock;
  /** Told of each write that failed. */
  onError: (error: Error) => void;
  /** Replaces a file as a whole; for waiting for a turn first. */
  write?: WriteFile;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 30_000;

/**
 * Keeps a file that other tools watch: rewritten as a whole at every failure of a process. Four keys come first and
 * are always there: `timestamp` (ISO 8601, UTC), `event`, `process`, `status`. A write that fails is tried again.
 */
export function processStatusWriter(
  path: string,
  { clock, onError, write = atomicWrite }: ProcessStatusOptions,
): ProcessStatusWriter {
  let waiting: ProcessFailure | null = null;
  let writing = false;
  let retry: Timer | null = null;
  let failures = 0;
  let closed = false;
  let idlers: (() => void)[] = [];

  async function run(): Promise<void> {
    writing = true;
    while (waiting !== null) {
      const failure: ProcessFailure = waiting;
      waiting = null;
      try {
        await write(path, contentOf(failure), 0o644);
        failures = 0;
      } catch (error) {
        onError(error as Error);
        if (!closed) waiting ??= failure;
        break;
      }
    }
    writing = false;
    if (waiting !== null) {
      retry = clock.after(Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++), () => {
        retry = null;
        void run();
      });
    } else {
      rest();
    }
  }

  function rest(): void {
    const woken = idlers;
    idlers = [];
    for (const wake of woken) wake();
  }

  return {
    failed(failure) {
      if (closed) return;
      waiting = failure;
      if (!writing && retry === null) void run();
    },
    idle: () =>
      !writing && waiting === null
        ? Promise.resolve()
        : new Promise((resolve) => {
            idlers.push(resolve);
          }),
    close() {
      closed = true;
      waiting = null;
      retry?.cancel();
      retry = null;
      if (!writing) rest();
    },
  };
}

function contentOf(failure: ProcessFailure): string {
  const { process, at, exit, incarnation, project } = failure;
  const content = {
    timestamp: new Date(at).toISOString(),
    event: 'PROCESS_STATE_EXITED',
    process,
    status: 'UNHEALTHY',
    reason: describeExit(exit),
    exit,
    incarnation,
    project,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
