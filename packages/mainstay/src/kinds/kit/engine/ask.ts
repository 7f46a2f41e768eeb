import { get } from '../get.ts';
import { connectionError } from '../network.ts';
import { oneLine } from '../observe.ts';
import type { Progress } from '../socket.ts';

/** Bytes of an answer. */
const LIMIT = 4 * 1_048_576;

export interface Ask {
  socket: string;
  method?: 'GET' | 'POST';
  path: string;
  signal: AbortSignal;
  progress?: Progress;
}

/** One question to an engine, over a connection of its own. Rejects as `get` does. */
export function ask({
  socket,
  method = 'GET',
  path,
  signal,
  progress,
}: Ask): Promise<{ status: number; body: string }> {
  const where = { socketPath: socket, path };
  // The engine wants a name of a host, and does not look at it.
  const headers = { host: 'engine' };
  return get({ method, where, headers, signal, progress: progress ?? { waitingFor: 'an answer' }, limit: LIMIT });
}

/** What an engine says of an order that it refuses, in a line. */
export function refusal({ status, body }: { status: number; body: string }): string {
  try {
    const { message, cause } = JSON.parse(body) as { message?: unknown; cause?: unknown };
    if (typeof message === 'string' || typeof cause === 'string') return oneLine(String(message ?? cause), 300);
  } catch {
    // Not in its usual form: the status has to do.
  }
  return `status ${status}`;
}

/** Why an engine cannot be asked, in words. */
export function unanswered(error: unknown, socket: string): string {
  const failure = error as NodeJS.ErrnoException;
  if (failure.name === 'TimeoutError') return `the engine at ${socket} does not answer`;
  if (failure.code === 'ENOENT') return `no engine answers: there is no socket ${socket}`;
  if (failure.code === 'EACCES') return `mainstay may not ask the engine at ${socket}`;
  return `the engine at ${socket} cannot be asked: ${connectionError(error).message}`;
}
