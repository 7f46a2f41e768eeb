import type { IncomingMessage } from 'node:http';
import { MainstayError } from '@mainstay/protocol';
import type { ErrorBody } from '@mainstay/protocol';

// `import … from 'node:http'` would name every export, and with them load fetch: 60 ms instead of 10.
const http = process.getBuiltinModule('node:http');

/** How long the daemon may take to begin an answer. */
export const ANSWER_TIMEOUT_MS = 5000;

export interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Nobody listens at the socket: a reason to look further, not yet one to give up. */
export class NobodyListens extends Error {
  readonly code: string;
  constructor(code: string, options: { cause: unknown }) {
    super(`nobody listens: ${code}`, options);
    this.code = code;
  }
}

/**
 * One request over a Unix socket; resolves when the answer begins.
 *
 * @throws NobodyListens when the socket is missing or refuses
 * @throws MainstayError `timeout` when nothing comes in time, or the daemon's own error
 */
export async function open(
  socket: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  options: RequestOptions = {},
): Promise<IncomingMessage> {
  const body = options.body === undefined ? null : JSON.stringify(options.body);
  const timeoutMs = options.timeoutMs ?? ANSWER_TIMEOUT_MS;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = http.request({
      socketPath: socket,
      method,
      path,
      agent: false,
      headers: {
        host: 'mainstay',
        ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...options.headers,
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const timer = setTimeout(() => request.destroy(hangs(timeoutMs)), timeoutMs);
    request.once('response', (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    request.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(translate(error, socket));
    });
    request.end(body ?? undefined);
  });
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  throw errorOf(status, await readAll(response));
}

/** The whole of an answer, as text. */
export async function readAll(response: IncomingMessage): Promise<string> {
  const timer = setTimeout(() => response.destroy(hangs(ANSWER_TIMEOUT_MS)), ANSWER_TIMEOUT_MS);
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    clearTimeout(timer);
  }
}

function hangs(timeoutMs: number): MainstayError {
  return new MainstayError(
    'timeout',
    `cannot reach the daemon: it did not answer within ${timeoutMs / 1000} s`,
    'mainstay status again in a moment; the daemon writes what it does to .mainstay/logs/mainstay.log',
  );
}

function translate(error: NodeJS.ErrnoException, socket: string): Error {
  if (error instanceof MainstayError) return error;
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
    // Too long for a socket: a daemon there listens elsewhere, and daemon.json would say where.
    case 'EINVAL':
    case 'ECONNREFUSED':
    case 'ENOTSOCK':
      return new NobodyListens(error.code, { cause: error });
    case 'EACCES':
    case 'EPERM':
      return new MainstayError(
        'refused',
        `cannot reach the daemon: you may not use ${socket}`,
        'the user who started it, or sudo',
        { cause: error },
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return lost(error);
    default:
      return error;
  }
}

/** The daemon went away while it answered. */
export function lost(cause: unknown): MainstayError {
  return new MainstayError(
    'no-daemon',
    'cannot hear the end of the answer: the connection to the daemon broke off',
    'mainstay status',
    { cause },
  );
}

function errorOf(status: number, text: string): Error {
  try {
    const { error } = JSON.parse(text) as ErrorBody;
    return new MainstayError(error.code as MainstayError['code'], error.message, error.hint);
  } catch (cause) {
    return new Error(`the daemon answered with status ${status} and no reason`, { cause });
  }
}
