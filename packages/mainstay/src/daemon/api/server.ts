import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import {
  MainstayError,
  type AcknowledgeRequest,
  type ApplyRequest,
  type CheckRequest,
  type DownRequest,
  type MaintenanceRequest,
  type ReloadRequest,
  type ServicesRequest,
} from '@mainstay/protocol';
import type { Plan } from '../../core/plan/index.ts';
import type { Clock, LogHost, Store } from '../../ports/index.ts';
import type { Daemon } from '../daemon.ts';
import { withDeadline } from '../deadline.ts';
import { findIncident, listIncidents, MOST_CLOSED, type ReadEvents } from '../incidents.ts';
import { explainCheck } from '../explain-check.ts';
import { explain } from '../explain.ts';
import { statusReport } from '../view.ts';
import {
  applyCommand,
  checkTargetsOf,
  downCommand,
  maintenanceWindow,
  requested,
  runCommand,
  showWindow,
  withDependencies,
} from './commands.ts';
import { alertsReport } from './alerts.ts';
import { events, UNREADABLE } from './events.ts';
import { history } from './history.ts';
import { LineStream, readBody, sendError, sendJson } from './http.ts';
import { reloadCommand, runReload } from './reload.ts';

export interface ApiPorts {
  daemon: Daemon;
  store: Store;
  logs: LogHost;
  clock: Clock;
  /** What is degraded at the moment, in words. */
  degraded: () => string[];
  /** Keeps a plan where the next daemon finds it, before anything is done about it. */
  keepPlan: (plan: Plan) => Promise<void>;
  /** The plan changed: schedules and watchers begin anew. */
  planChanged: () => void;
}

export interface ApiServer {
  /** Answers nobody new; answers on their way may take `graceMs`, then their connections are closed. */
  close(graceMs: number): Promise<void>;
}

/**
 * Serves the interface on a Unix socket.
 * @throws MainstayError `state-directory` when the socket cannot be made
 */
export function serveApi(socket: string, ports: ApiPorts): Promise<ApiServer> {
  const unwritten = new Set<ServerResponse>();
  const server = http.createServer((request, response) => {
    unwritten.add(response);
    // "Close" comes after "finish", and also when the reader has gone.
    response.once('close', () => unwritten.delete(response));
    route(request, response, ports).catch((error: unknown) => sendError(response, error));
  });
  server.on('clientError', (_error, connection) => connection.destroy());
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
    server.listen(socket, () => resolve({ close: (graceMs) => closeServer(server, unwritten, graceMs) }));
  });
}

/**
 * Node takes a connection for idle as soon as its answer was ended, also while that still waits to be
 * written, and `close` cuts idle ones off: what was ended is waited for first.
 */
async function closeServer(server: http.Server, unwritten: Set<ServerResponse>, graceMs: number): Promise<void> {
  const hurry = setTimeout(() => server.closeAllConnections(), graceMs);
  const ended = [...unwritten].filter((response) => response.writableEnded);
  await Promise.all(ended.map((response) => new Promise((resolve) => response.once('close', resolve))));
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(hurry);
}

async function route(request: IncomingMessage, response: ServerResponse, ports: ApiPorts): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://daemon');
  const what = `${request.method ?? 'GET'} ${url.pathname}`;
  const handler = HANDLERS[what];
  if (handler !== undefined) {
    await handler(request, response, ports, url);
    return;
  }
  const explained = /^GET \/api\/v1\/explain\/(.+)$/.exec(what);
  if (explained?.[1] !== undefined) {
    await answerExplain(response, ports, decodeURIComponent(explained[1]));
    return;
  }
  const acked = /^POST \/api\/v1\/alerts\/([^/]+)\/ack$/.exec(what);
  if (acked?.[1] !== undefined) {
    const { by = 'somebody' } = await readBody<AcknowledgeRequest>(request);
    ports.daemon.alerts.acknowledge(decodeURIComponent(acked[1]), by);
    await withDeadline(ports.daemon.commit(), ports.clock, 'cannot write it down: the state disk does not answer');
    sendJson(response, 200, { acknowledged: 1 });
    return;
  }
  const ended = /^DELETE \/api\/v1\/maintenance\/(.+)$/.exec(what);
  if (ended?.[1] !== undefined) {
    await endMaintenance(response, ports, decodeURIComponent(ended[1]));
    return;
  }
  sendJson(response, 404, {
    error: { code: 'usage', message: `cannot answer ${what}: there is no such request`, hint: null },
  });
}

type Handler = (request: IncomingMessage, response: ServerResponse, ports: ApiPorts, url: URL) => Promise<void>;

const HANDLERS: Record<string, Handler> = {
  // It answers, so it lives: what the services do is said elsewhere.
  'GET /health/live': async (_request, response) => sendJson(response, 200, { status: 'pass' }),
  'GET /status': async (_request, response, { daemon, degraded, clock }) => {
    const { startedAt, options } = daemon;
    const facts = { pid: process.pid, version: options.version, startedAt: startedAt.wall, degraded: degraded() };
    sendJson(response, 200, statusReport(daemon.coordinator.world, facts, clock.now()));
  },
  'GET /api/v1/plan': async (_request, response, { daemon }) => sendJson(response, 200, daemon.coordinator.world.plan),
  'GET /api/v1/events': async (request, response, { daemon, store, clock }, url) =>
    events(request, response, url, daemon, store, clock),
  'GET /api/v1/incidents': async (_request, response, { daemon, store, clock }, url) => {
    const number = (name: string): number | null => {
      const text = url.searchParams.get(name);
      return text === null ? null : Number(text);
    };
    const { world } = daemon.coordinator;
    const read: ReadEvents = (wanted) => store.events(wanted);
    const id = number('id');
    const query = { limit: Math.min(MOST_CLOSED, number('limit') || 100), since: number('since') };
    // What was only just closed is not in the store before it is written.
    await daemon.commit().catch(() => {});
    const found = id === null ? listIncidents(world, read, query) : findIncident(world, read, id);
    sendJson(response, 200, await withDeadline<unknown>(found, clock, UNREADABLE));
  },
  'GET /api/v1/history': async (_request, response, { daemon, store, clock }, url) =>
    history(response, url, daemon, store, clock),
  'GET /api/v1/alerts': async (_request, response, { daemon }) =>
    sendJson(response, 200, alertsReport(daemon.alerts.alerts)),
  'GET /api/v1/maintenance': async (_request, response, { daemon }) => {
    sendJson(
      response,
      200,
      [...daemon.coordinator.world.windows.values()].map(({ window }) => showWindow(window)),
    );
  },
  'POST /api/v1/check': async (request, response, { daemon }) => {
    const targets = checkTargetsOf(daemon, await readBody<CheckRequest>(request));
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    sendJson(response, 200, await daemon.probes.now(targets, gone.signal));
  },
  'POST /api/v1/maintenance': async (request, response, { daemon, clock }) => {
    const window = maintenanceWindow(daemon, await readBody<MaintenanceRequest>(request), clock.now().wall);
    await daemon.command({ type: 'maintain', window });
    sendJson(response, 200, showWindow(window));
  },
  'POST /api/v1/start': async (request, response, { daemon }) => {
    const body = await readBody<ServicesRequest>(request);
    const services = requested(daemon, body, false);
    const lines = new LineStream(response);
    const all = withDependencies(daemon, services);
    await runCommand(
      daemon,
      { type: 'start', services, reason: 'asked for by the operator' },
      all,
      'up',
      body.wait !== false,
      lines,
    );
    lines.end();
  },
  'POST /api/v1/stop': async (request, response, { daemon }) => {
    const body = await readBody<ServicesRequest>(request);
    const services = requested(daemon, body, false);
    const lines = new LineStream(response);
    const now = body.now === true;
    await runCommand(
      daemon,
      { type: 'stop', services, now, reason: 'stopped by the operator' },
      services,
      'down',
      body.wait !== false,
      lines,
    );
    lines.end();
  },
  'POST /api/v1/restart': async (request, response, { daemon }) => {
    const body = await readBody<ServicesRequest>(request);
    const services = requested(daemon, body, true);
    const lines = new LineStream(response);
    const follows = services.map((name) => name.replace(/\/\d+$/, ''));
    await runCommand(
      daemon,
      { type: 'restart', services, reason: 'restart asked for by the operator' },
      follows,
      'up',
      body.wait !== false,
      lines,
    );
    lines.end();
  },
  'POST /api/v1/reload': async (request, response, { daemon, logs }) => {
    const body = await readBody<ReloadRequest>(request);
    const command = reloadCommand(daemon, body);
    const lines = new LineStream(response);
    await runReload(daemon, logs, command, body.wait !== false, lines);
    lines.end();
  },
  'POST /api/v1/apply': async (request, response, ports) => {
    const { daemon } = ports;
    const body = await readBody<ApplyRequest>(request);
    const command = applyCommand(daemon, body);
    await keepChanged(command.plan, ports);
    const lines = new LineStream(response);
    const only = body.services ?? [];
    if (only.length > 0) {
      await daemon.command(command);
      ports.planChanged();
      const services = requested(daemon, { services: only }, false);
      await runCommand(
        daemon,
        { type: 'start', services, reason: 'mainstay up' },
        withDependencies(daemon, services),
        'up',
        body.wait !== false,
        lines,
      );
    } else {
      const running = runCommand(daemon, command, [], 'up', body.wait !== false, lines);
      ports.planChanged();
      await running;
    }
    lines.end();
  },
  'POST /api/v1/down': async (request, response, { daemon }) => {
    const command = downCommand(await readBody<DownRequest>(request));
    const lines = new LineStream(response);
    await runCommand(daemon, command, [], 'down', true, lines);
    lines.end();
  },
};

/**
 * Keeps a plan that is another one than the daemon's.
 * @throws MainstayError `timeout` when the disk does not answer; the daemon's own is kept again when it does
 */
async function keepChanged(plan: Plan, { daemon, keepPlan, clock }: ApiPorts): Promise<void> {
  const { world } = daemon.coordinator;
  if (JSON.stringify(plan) === JSON.stringify(world.plan)) return;
  const kept = keepPlan(plan);
  try {
    await withDeadline(kept, clock, 'cannot keep the plan: the state disk does not answer; nothing was changed');
  } catch (error) {
    kept.then(() => keepPlan(world.plan)).catch(() => {});
    throw error;
  }
}

async function answerExplain(
  response: ServerResponse,
  { daemon, store, logs, clock }: ApiPorts,
  name: string,
): Promise<void> {
  const { world } = daemon.coordinator;
  const check = world.checks.get(name);
  if (check !== undefined) {
    const types = ['check.state', 'check.flapping'];
    const events = await withDeadline(store.events({ types, limit: 500 }), clock, 'cannot read the journal').catch(
      () => [],
    );
    sendJson(response, 200, { name, instances: [], check: explainCheck(world, check, events, clock.now()) });
    return;
  }
  requested(daemon, { services: [name] }, true);
  const ids = [...world.instances.values()]
    .filter((one) => one.service === name || one.id === name)
    .map(({ id }) => id);
  const recent = Promise.all(ids.map((instance) => store.events({ instance, limit: 50 })));
  // What is known from memory is worth saying also when the journal cannot be read.
  const known = await withDeadline(recent, clock, 'the state disk does not answer').catch((error: Error) => error);
  const events = known instanceof Error ? [] : known.flat();
  const explanation = explain(world, name, logs, events, clock.now(), daemon.limits);
  if (known instanceof Error) {
    for (const { facts } of explanation.instances) facts.push(`the journal cannot be read now: ${known.message}`);
  }
  sendJson(response, 200, explanation);
}

async function endMaintenance(response: ServerResponse, { daemon }: ApiPorts, id: string): Promise<void> {
  const open = [...daemon.coordinator.world.windows.keys()];
  const ids = id === 'all' ? open : open.filter((one) => one === id);
  if (ids.length === 0 && id !== 'all') {
    throw new MainstayError(
      'refused',
      `cannot end maintenance ${id}: there is no such window`,
      'mainstay maintenance list',
    );
  }
  for (const one of ids) await daemon.command({ type: 'end-maintenance', id: one });
  sendJson(response, 200, { ended: ids.length });
}
