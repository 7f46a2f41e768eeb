/** A daemon over a virtual machine, and its interface on a real socket. */
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalEvent } from '@mainstay/protocol';
import type { Plan } from '../../src/core/plan/index.ts';
import { serveApi, type ApiPorts, type ApiServer, type Daemon } from '../../src/daemon/index.ts';
import type { EventQuery, Store } from '../../src/ports/index.ts';
import { Simulation } from '../../src/sim/index.ts';

export interface Answer {
  status: number;
  body: string;
}

export interface World extends AsyncDisposable {
  sim: Simulation;
  daemon: Daemon;
  api: ApiServer;
  ports: ApiPorts;
  socket: string;
  /** Lets virtual time pass. */
  advance(ms: number): Promise<void>;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The disk answers nothing any more. */
  freeze(): void;
  kept: Plan[];
}

export async function createWorld(plan: Plan): Promise<World> {
  const sim = new Simulation({ seed: 1, faults: 0, plan });
  sim.troubled = 0;
  const events: JournalEvent[] = [];
  await sim.startDaemon();
  const { daemon } = sim;
  if (daemon === null) throw new Error('the daemon died at its start');
  daemon.journal.listen((event) => events.push(event));
  let frozen = false;
  const store = {
    events: (query: EventQuery): Promise<JournalEvent[]> => {
      if (frozen) return new Promise(() => {});
      const { after = 0, instance, types, limit } = query;
      const found = events.filter(
        (one) =>
          one.seq > after &&
          (instance === undefined || one.instance === instance) &&
          (types === undefined || types.includes(one.type)),
      );
      return Promise.resolve(query.choose === 'oldest' ? found.slice(0, limit) : found.slice(-limit));
    },
  } as Store;
  const logs = { tail: () => ['a last line'] } as unknown as Parameters<typeof serveApi>[1]['logs'];
  const directory = mkdtempSync(join(tmpdir(), 'api-'));
  const socket = join(directory, 's');
  const kept: Plan[] = [];
  const ports: ApiPorts = {
    daemon,
    store,
    logs,
    clock: daemon.clock,
    problems: () => [],
    degraded: () => (frozen ? ['the disk does not answer'] : []),
    keepPlan: (next) => Promise.resolve(void kept.push(next)),
    planChanged: () => {},
  };
  const api = await serveApi(socket, ports);
  return {
    sim,
    daemon,
    api,
    ports,
    socket,
    kept,
    advance: (ms) => sim.advance(ms),
    ask: (method, path, body, headers = {}) => request(socket, method, path, body, headers),
    freeze: () => {
      frozen = true;
      sim.disk.blockedUntil = Infinity;
    },
    [Symbol.asyncDispose]: async () => {
      await api.close(0);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function request(
  socketPath: string,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request({ socketPath, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}

/** Lets virtual time pass until the answer has come: real sockets need real turns of the loop between. */
export async function answered<T>(world: World, answer: Promise<T>, stepMs = 100): Promise<T> {
  const pending = Symbol('pending');
  for (let n = 0; n < 5_000; n += 1) {
    await world.advance(stepMs);
    const turn = new Promise<typeof pending>((resolve) => setImmediate(() => resolve(pending)));
    const first = await Promise.race([answer, turn]);
    if (first !== pending) return first;
  }
  return answer;
}

export const lines = (answer: Answer): Record<string, unknown>[] =>
  answer.body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
