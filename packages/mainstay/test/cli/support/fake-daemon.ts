import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StatusReport } from '@mainstay/protocol';

/** What the fake daemon was asked. */
export interface Asked {
  method: string;
  path: string;
  body: unknown;
}

export type Handler = (asked: Asked, response: ServerResponse, request: IncomingMessage) => void;

/** A project directory with an empty mainstay.yaml, gone when disposed. */
export function projectDirectory(): { directory: string; stateDir: string } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), 'mainstay-cli-'));
  writeFileSync(join(directory, 'mainstay.yaml'), '');
  const stateDir = join(directory, '.mainstay');
  mkdirSync(join(stateDir, 'logs'), { recursive: true });
  return { directory, stateDir, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

/** A real HTTP server over the project's Unix socket that answers as told. */
export async function fakeDaemon(
  stateDir: string,
  handlers: Record<string, Handler>,
): Promise<{ asked: Asked[]; server: Server } & AsyncDisposable> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        body: text === '' ? null : (JSON.parse(text) as unknown),
      };
      asked.push(one);
      const handler = handlers[`${one.method} ${one.path.split('?')[0]}`];
      if (handler !== undefined) return handler(one, response, request);
      response.statusCode = 404;
      response.end(JSON.stringify({ error: { code: 'refused', message: `cannot answer ${one.path}`, hint: null } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(join(stateDir, 'daemon.sock'), resolve));
  return {
    asked,
    server,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const answer =
  (body: unknown, status = 200): Handler =>
  (_asked, response) => {
    response.statusCode = status;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body));
  };

/** A stream of progress, a line at a time. */
export const progress =
  (...items: unknown[]): Handler =>
  (_asked, response) => {
    response.setHeader('content-type', 'application/x-ndjson');
    for (const item of items) response.write(`${JSON.stringify(item)}\n`);
    response.end();
  };

type Service = StatusReport['services'][number];

export function service(values: Partial<Service> & { name: string }): Service {
  return {
    instance: 0,
    type: 'service',
    state: 'ready',
    health: 'unknown',
    desired: 'running',
    pid: 1234,
    restarts: 0,
    started_at: '2026-01-01T00:00:00.000Z',
    reason: null,
    next_attempt_at: null,
    flags: [],
    last_exit: null,
    ...values,
  };
}

export function statusReport(...services: Service[]): StatusReport {
  return {
    project: 'shop',
    daemon: { pid: 1, version: '0.1.0', started_at: '2026-01-01T00:00:00.000Z', degraded: [] },
    services,
    checks: [],
    incidents: [],
  };
}
