/** Monitors as processes of their own, somebody who is told, and ways that can be cut. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { connect, createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI } from './system.ts';

/** One message, as a webhook gets it. */
export interface Told {
  key: string;
  /** `alert.opened`, `alert.closed` … */
  type: string;
  host: string;
  subjects: string[];
  cause: string;
}

/** Takes messages of webhooks. */
export class Receiver {
  readonly all: Told[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async begin(): Promise<Receiver> {
    const server = createHttpServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        const { type, data } = JSON.parse(body) as {
          type: string;
          data: { host: string; alerts: { subject: string; cause: string }[] };
        };
        const subjects = data.alerts.map(({ subject }) => subject);
        const key = String(request.headers['webhook-id']);
        receiver.all.push({ key, type, host: data.host, subjects, cause: data.alerts[0]?.cause ?? '' });
        response.end();
      });
    });
    const receiver = new Receiver(server);
    await listening(server);
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}/hook`;
  }

  /** Each message once: `alert.opened site`. */
  told(): string[] {
    return [...new Map(this.all.map((one) => [one.key, one])).values()].map(
      ({ type, subjects }) => `${type} ${subjects.join('+')}`,
    );
  }

  end(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** A way to a port of this machine that can be cut. */
export class Way {
  readonly #server: NetServer;
  readonly #sockets = new Set<Socket>();
  isCut = false;

  private constructor(server: NetServer) {
    this.#server = server;
  }

  static async to(port: number): Promise<Way> {
    const server = createServer((socket) => {
      const other = connect(port, '127.0.0.1');
      for (const [one, peer] of [
        [socket, other],
        [other, socket],
      ] as const) {
        way.#sockets.add(one);
        one
          .on('error', () => peer.destroy())
          .on('close', () => {
            way.#sockets.delete(one);
            peer.destroy();
          });
      }
      if (way.isCut) socket.destroy();
      else socket.pipe(other).pipe(socket);
    });
    const way = new Way(server);
    await listening(server);
    return way;
  }

  get port(): number {
    return portOf(this.#server);
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  end(): void {
    this.cut();
    this.#server.close();
  }
}

/** A monitor in a folder of its own. */
export class MonitorProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'mainstay-monitor-'));
  #child: ChildProcess | null = null;
  #said = '';

  constructor(file: string) {
    this.write('monitor.yaml', file);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  start(...options: string[]): void {
    const child = spawn(process.execPath, [CLI, 'monitor', ...options], {
      cwd: this.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#child = child;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    return (await ended)[0];
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** What it wrote into its log, and to whoever started it. */
  log(): string {
    try {
      return `${readFileSync(join(this.folder, '.mainstay/monitor/monitor.log'), 'utf8').slice(-6_000)}\n${this.#said}`;
    } catch {
      return this.#said;
    }
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function listening(server: Server | NetServer): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
}

const portOf = (server: Server | NetServer): number => (server.address() as AddressInfo).port;
