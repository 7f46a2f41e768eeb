import http from 'node:http';
import type { JournalEvent } from '@mainstay/protocol';
import type { ApiKey } from '../../../core/access/index.ts';
import { formatListen } from '../../../config/values/listen.ts';
import type { ApiPlan } from '../../../core/plan/index.ts';
import type { PortHolder, Timer } from '../../../ports/index.ts';
import type { LineSink } from '../../ports.ts';
import { sendError } from '../http.ts';
import type { ApiPorts } from '../ports.ts';
import { closable, type ApiServer } from '../server.ts';
import { answerStranger, type Secrets } from './answer.ts';
import type { PingSecret } from './ping.ts';

/** Pause before an address that could not be had is tried again, ms. */
const AGAIN_MS = 5_000;
/** Connections at a time; one more is closed at once. */
const MAX_CONNECTIONS = 256;
/** What a client may take its time for, ms: its headers, its whole request, the next one. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 8_192,
};
/** What is on its way may take this long when the address changes, ms. */
const LAST_ANSWERS_MS = 1_000;

export interface ListenerPorts extends ApiPorts {
  /** The keys in a file, as it is now, or as it was last seen when the disk does not answer. */
  keys(file: string): Promise<readonly ApiKey[]>;
  /** The secrets of heartbeats of these names; none as long as nobody has asked for an address. */
  pingSecrets(keysFile: string, names: readonly string[]): Promise<readonly PingSecret[]>;
  /** Who holds a port; null: nobody, or it cannot be told. */
  holder(port: number, host: string): PortHolder | null;
  /** mainstay.log */
  log: LineSink;
}

/** Listens where the plan says. An address that cannot be had is said, and tried again until it can. */
export class Listener {
  readonly #ports: ListenerPorts;
  #plan: ApiPlan | null = null;
  #server: ApiServer | null = null;
  #again: Timer | null = null;
  #problem: string | null = null;
  /** One change after the other: an address is free only once its server has ended. */
  #changing: Promise<void> = Promise.resolve();

  constructor(ports: ListenerPorts) {
    this.#ports = ports;
  }

  /** Goes over to what a plan says. Resolves when it listens, or could not. Never rejects. */
  load(plan: ApiPlan | null): Promise<void> {
    this.#changing = this.#changing.then(() => this.#change(plan));
    return this.#changing;
  }

  /** Why nobody is answered, or null. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Answers nobody new; answers on their way may take `graceMs`. */
  close(graceMs: number): Promise<void> {
    this.#changing = this.#changing.then(() => {
      this.#plan = null;
      return this.#end(graceMs);
    });
    return this.#changing;
  }

  async #change(plan: ApiPlan | null): Promise<void> {
    const before = this.#plan;
    this.#plan = plan;
    // Another file of keys is read with the next request.
    if (before !== null && plan !== null && formatListen(before) === formatListen(plan)) return;
    await this.#end(LAST_ANSWERS_MS);
    if (plan !== null) await this.#listen(plan);
  }

  async #end(graceMs: number): Promise<void> {
    this.#again?.cancel();
    this.#again = null;
    this.#problem = null;
    await this.#server?.close(graceMs);
    this.#server = null;
  }

  async #listen(plan: ApiPlan): Promise<void> {
    const { host, port } = plan;
    const file = (): string => this.#plan?.keysFile ?? plan.keysFile;
    const secrets: Secrets = {
      keys: () => this.#ports.keys(file()),
      pings: (names) => this.#ports.pingSecrets(file(), names),
    };
    const server = http.createServer(LIMITS, (request, response) => {
      answerStranger(request, response, { ...this.#ports, local: false }, secrets).catch((error: unknown) =>
        sendError(response, error),
      );
    });
    server.maxConnections = MAX_CONNECTIONS;
    const closing = closable(server);
    const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      server.once('error', resolve);
      server.listen({ host, port }, () => resolve(null));
    });
    if (error !== null) {
      this.#failed(plan, error);
      return;
    }
    // Accepting can fail, for want of descriptors; that passes.
    server.on('error', (later) => this.#say(`listening on ${formatListen(plan)}: ${later.message}`));
    this.#server = closing;
    const text = `listens on ${formatListen(plan)}`;
    if (this.#problem !== null) this.#note('daemon.recovered', text);
    else this.#say(text);
    this.#problem = null;
  }

  #failed(plan: ApiPlan, error: NodeJS.ErrnoException): void {
    if (this.#problem === null) {
      this.#problem = `cannot listen on ${formatListen(plan)}: ${this.#why(plan, error)}; tried again every ${AGAIN_MS / 1000} s`;
      this.#note('daemon.degraded', this.#problem);
    }
    this.#again = this.#ports.clock.after(AGAIN_MS, () => {
      this.#changing = this.#changing.then(() => (this.#plan === plan ? this.#listen(plan) : undefined));
    });
  }

  #why({ host, port }: ApiPlan, error: NodeJS.ErrnoException): string {
    if (error.code === 'EACCES') return `only root may use port ${port}`;
    if (error.code === 'EADDRNOTAVAIL') return 'this machine does not have that address';
    if (error.code !== 'EADDRINUSE') return error.message;
    const holder = this.#ports.holder(port, host);
    if (holder === null || holder.pid === null) return 'another process holds the port';
    const command = holder.command === null ? '' : ` (${holder.command})`;
    return `process ${holder.pid}${command} holds the port`;
  }

  #note(type: JournalEvent['type'], message: string): void {
    const { daemon, clock } = this.#ports;
    daemon.journal.record({ type, instance: null, incarnation: null, message, data: {} }, clock.now().wall);
    daemon.commit().catch(() => {});
    this.#say(message);
  }

  #say(text: string): void {
    this.#ports.log.write(`${new Date(this.#ports.clock.now().wall).toISOString()} ${text}`);
  }
}
