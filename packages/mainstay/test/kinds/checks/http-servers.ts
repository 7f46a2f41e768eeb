import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createRawServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { SELF_SIGNED } from './self-signed.ts';

/** Real servers on ports of their own, with the connections that are open on them. */
export class Servers {
  readonly sockets = new Set<Socket>();
  private readonly servers: Server[] = [];

  http(handler: RequestListener): Promise<string> {
    return this.listen(createServer(handler), 'http');
  }

  https(handler: RequestListener, certificate: { key: string; cert: string } = SELF_SIGNED): Promise<string> {
    return this.listen(createSecureServer(certificate, handler), 'https');
  }

  raw(onSocket: (socket: Socket) => void): Promise<string> {
    const server = createRawServer((socket) => {
      onSocket(socket);
      // Unread input would keep the end of the connection from being seen.
      socket.resume();
    });
    return this.listen(server, 'http');
  }

  /** A URL at which nobody listens. */
  async absent(): Promise<string> {
    const url = await this.raw(() => undefined);
    const server = this.servers.pop()!;
    await new Promise((resolve) => {
      server.close(resolve);
    });
    return url;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    for (const server of this.servers) server.close();
  }

  private async listen(server: Server, scheme: string): Promise<string> {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
}
