/**
 * A stand-in for an engine of containers, on a socket of its own: it speaks the words that mainstay uses, and answers as Docker 20.10
 * does (recorded, shortened). Its containers are names: what they write and how they end, a test says. The real engine is met
 * by `npm run campaign foreign`.
 */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

interface Line {
  time: string;
  stream: 1 | 2;
  text: string;
}

export interface FakeContainer {
  id: string;
  name: string;
  status: 'created' | 'running' | 'restarting' | 'exited';
  exitCode: number;
  outOfMemory: boolean;
  startedAt: string;
  finishedAt: string;
  restarts: number;
  policy: string;
  lines: Line[];
  /** What a SIGTERM of a stop does not end. */
  deaf: boolean;
}

const NEVER = '0001-01-01T00:00:00Z';

export class FakeEngine {
  readonly socket: string;
  readonly containers = new Map<string, FakeContainer>();
  /** Every order that it got, for example `start web`. */
  readonly orders: string[] = [];
  readonly #listeners = new Set<ServerResponse>();
  readonly #followers = new Map<ServerResponse, FakeContainer>();
  #server: Server | null = null;
  #nanos = 0;
  #ids = 0;
  /** It takes connections and answers nothing. */
  frozen = false;

  constructor(socket: string) {
    this.socket = socket;
  }

  async open(): Promise<this> {
    rmSync(this.socket, { force: true });
    this.#server = createServer((request, response) => this.#answer(request, response)).listen(this.socket);
    await once(this.#server, 'listening');
    return this;
  }

  /** The engine is gone; its containers are as they are. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
    rmSync(this.socket, { force: true });
  }

  create(name: string, policy = 'no'): FakeContainer {
    this.#ids += 1;
    const container: FakeContainer = {
      id: String(this.#ids).padStart(12, 'c').padEnd(64, '0'),
      name,
      status: 'created',
      exitCode: 0,
      outOfMemory: false,
      startedAt: NEVER,
      finishedAt: NEVER,
      restarts: 0,
      policy,
      lines: [],
      deaf: false,
    };
    this.containers.set(name, container);
    return container;
  }

  of(name: string): FakeContainer {
    const container = this.containers.get(name);
    if (container === undefined) throw new Error(`no container ${name}`);
    return container;
  }

  /** Somebody starts it; `byItself`: the engine does, after its end. */
  start(name: string, byItself = false): void {
    const container = this.of(name);
    if (container.status === 'running') return;
    container.status = 'running';
    container.startedAt = this.#time();
    container.restarts = byItself ? container.restarts + 1 : 0;
    container.outOfMemory = false;
    this.#tell(container, 'start');
  }

  /** It ends. */
  end(name: string, exitCode: number, outOfMemory = false): void {
    const container = this.of(name);
    if (container.status !== 'running') return;
    container.status = 'exited';
    Object.assign(container, { exitCode, outOfMemory, finishedAt: this.#time() });
    this.#tell(container, 'die', { exitCode: String(exitCode) });
    for (const [response, one] of this.#followers) if (one === container) response.end();
  }

  remove(name: string): void {
    this.end(name, 137);
    const container = this.of(name);
    this.containers.delete(name);
    this.#tell(container, 'destroy');
  }

  write(name: string, text: string, stream: 1 | 2 = 1): void {
    const container = this.of(name);
    const line = { time: this.#time(), stream, text: `${text}\n` };
    container.lines.push(line);
    for (const [response, one] of this.#followers) if (one === container) response.write(frame(line));
  }

  /** Now, to the nanosecond, and later than the last one. */
  #time(): string {
    this.#nanos = (this.#nanos + 1) % 1_000_000;
    return new Date().toISOString().replace('Z', `${String(this.#nanos).padStart(6, '0')}Z`);
  }

  #tell(container: FakeContainer, action: string, more: Record<string, string> = {}): void {
    const attributes = { image: 'image', name: container.name, ...more };
    const event = { status: action, id: container.id, Type: 'container', Action: action };
    const text = JSON.stringify({ ...event, Actor: { ID: container.id, Attributes: attributes } });
    for (const listener of this.#listeners) listener.write(`${text}\n`);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.frozen) return;
    const url = new URL(request.url ?? '/', 'http://engine');
    if (url.pathname === '/events') {
      response.writeHead(200).flushHeaders();
      this.#listeners.add(response);
      response.once('close', () => this.#listeners.delete(response));
      return;
    }
    const [, name = '', what = ''] = /^\/containers\/([^/]+)\/(\w+)$/.exec(decodeURIComponent(url.pathname)) ?? [];
    const container = [...this.containers.values()].find((one) => one.name === name || one.id === name);
    if (container === undefined) return void json(response, 404, { message: `No such container: ${name}` });
    if (what === 'json') return void json(response, 200, inspection(container));
    if (what === 'logs') return this.#logs(container, url.searchParams, response);
    this.#order(container, what, url.searchParams, response);
  }

  #order(container: FakeContainer, what: string, query: URLSearchParams, response: ServerResponse): void {
    const { name, status } = container;
    const signal = query.get('signal');
    this.orders.push(`${what} ${name}${signal === null ? '' : ` ${signal}`}`);
    const isLiving = status === 'running' || status === 'restarting';
    if (what === 'start') {
      if (isLiving) return void response.writeHead(304).end();
      this.start(name);
      return void response.writeHead(204).end();
    }
    if (!isLiving) {
      return void json(response, what === 'stop' ? 304 : 409, { message: `Container ${name} is not running` });
    }
    if (what === 'stop' && container.deaf) {
      setTimeout(() => this.end(name, 137), 1000 * Number(query.get('t') ?? 10)).unref();
    } else if (what === 'stop') {
      this.end(name, 0);
    } else if (signal === 'SIGKILL') {
      this.end(name, 137);
    }
    response.writeHead(204).end();
  }

  #logs(container: FakeContainer, query: URLSearchParams, response: ServerResponse): void {
    const since = Number(query.get('since') ?? 0) * 1000;
    response.writeHead(200).flushHeaders();
    for (const line of container.lines) if (Date.parse(line.time) >= since) response.write(frame(line));
    if (query.get('follow') !== '1' || container.status !== 'running') return void response.end();
    this.#followers.set(response, container);
    response.once('close', () => this.#followers.delete(response));
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function frame({ time, stream, text }: Line): Buffer {
  const payload = Buffer.from(`${time} ${text}`);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

function inspection(container: FakeContainer): unknown {
  const { id, name, status, exitCode, outOfMemory, startedAt, finishedAt, restarts, policy } = container;
  return {
    Id: id,
    Name: `/${name}`,
    RestartCount: restarts,
    State: {
      Status: status,
      Running: status === 'running',
      OOMKilled: outOfMemory,
      Pid: 0,
      ExitCode: exitCode,
      Error: '',
      StartedAt: startedAt,
      FinishedAt: finishedAt,
    },
    Config: { Tty: false },
    HostConfig: { Memory: 0, RestartPolicy: { Name: policy, MaximumRetryCount: 0 } },
  };
}
