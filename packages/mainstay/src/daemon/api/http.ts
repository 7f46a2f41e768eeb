import type { IncomingMessage, ServerResponse } from 'node:http';
import { MainstayError, type ErrorBody } from '@mainstay/protocol';

/** A plan of a large project is some 100 KB; anything beyond this is a mistake. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

const STATUS: Partial<Record<MainstayError['code'], number>> = {
  usage: 400,
  config: 400,
  'unknown-service': 404,
  'unknown-check': 404,
  'not-found': 404,
  unauthorized: 401,
  forbidden: 403,
  refused: 409,
  timeout: 504,
};

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  type: 'application/json' | 'application/health+json' = 'application/json',
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Answers with what went wrong, without a stack. */
export function sendError(response: ServerResponse, error: unknown): void {
  const known =
    error instanceof MainstayError ? error : new MainstayError('internal', `cannot answer: ${String(error)}`);
  const body: ErrorBody = { error: known.toJSON() };
  if (response.headersSent) {
    response.end();
    return;
  }
  if (known.code === 'unauthorized') response.setHeader('www-authenticate', 'Bearer realm="mainstay"');
  sendJson(response, STATUS[known.code] ?? 500, body);
}

/** The JSON object in the body of a request; an empty body is an empty object. */
export async function readBody<T extends object>(request: IncomingMessage): Promise<Partial<T>> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY_BYTES)
      throw new MainstayError('usage', `cannot take a request of more than ${MAX_BODY_BYTES} bytes`);
    parts.push(part);
  }
  if (size === 0) return {};
  try {
    const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Partial<T>;
  } catch {
    // Said below, with what was expected.
  }
  throw new MainstayError('usage', 'cannot read the request: its body is not a JSON object');
}

/** Waits until what was written has been taken, or nobody takes it any more. */
export function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (!response.writableNeedDrain || response.destroyed) {
      resolve();
      return;
    }
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}

/** One JSON object a line; stops quietly when the reader has gone. */
export class LineStream {
  readonly signal: AbortSignal;
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    const controller = new AbortController();
    this.signal = controller.signal;
    this.#response = response;
    response.on('close', () => controller.abort());
  }

  /** The answer begins with its first line: what goes wrong before is an error like any other. */
  write(value: unknown): void {
    if (this.signal.aborted) return;
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    }
    this.#response.write(`${JSON.stringify(value)}\n`);
  }

  end(): void {
    this.#response.end();
  }
}
