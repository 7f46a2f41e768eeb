import http, { type ServerResponse } from 'node:http';
import { MainstayError } from '@mainstay/protocol';
import { sendError } from './http.ts';
import type { ApiPorts } from './ports.ts';
import { answer } from './router.ts';

export interface ApiServer {
  /** Answers nobody new; answers on their way may take `graceMs`, then their connections are closed. */
  close(graceMs: number): Promise<void>;
}

/**
 * Serves the interface on a Unix socket.
 * @throws MainstayError `state-directory` when the socket cannot be made
 */
export function serveApi(socket: string, ports: ApiPorts): Promise<ApiServer> {
  const server = http.createServer((request, response) => {
    answer(request, response, { ...ports, local: true }).catch((error: unknown) => sendError(response, error));
  });
  server.on('clientError', (_error, connection) => connection.destroy());
  const closing = closable(server);
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new MainstayError(
          'state-directory',
          `cannot listen on ${socket}: ${error.message}`,
          'choose another directory with --state-dir',
          { cause: error },
        ),
      ),
    );
    server.listen(socket, () => resolve(closing));
  });
}

/**
 * The end of a server. Node takes a connection for idle as soon as its answer was ended, also while that still waits to be
 * written, and `close` cuts idle ones off: what was ended is waited for first.
 */
export function closable(server: http.Server): ApiServer {
  const unwritten = new Set<ServerResponse>();
  server.prependListener('request', (_request, response: ServerResponse) => {
    unwritten.add(response);
    // "Close" comes after "finish", and also when the reader has gone.
    response.once('close', () => unwritten.delete(response));
  });
  return {
    close: async (graceMs) => {
      const hurry = setTimeout(() => server.closeAllConnections(), graceMs);
      const ended = [...unwritten].filter((response) => response.writableEnded);
      await Promise.all(ended.map((response) => new Promise((resolve) => response.once('close', resolve))));
      await new Promise((resolve) => server.close(resolve));
      clearTimeout(hurry);
    },
  };
}
