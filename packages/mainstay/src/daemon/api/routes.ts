import type { ServerResponse } from 'node:http';
import {
  EVENT_TYPES,
  MainstayError,
  type AcknowledgeRequest,
  type ApplyRequest,
  type CheckRequest,
  type DownRequest,
  type HeartbeatRequest,
  type InstanceId,
  type MaintenanceRequest,
  type ReloadRequest,
  type RepairRequest,
  type ServicesRequest,
} from '@mainstay/protocol';
import { planAsJson } from '../../config/show/masked.ts';
import type { Plan } from '../../core/plan/index.ts';
import { withDeadline } from '../deadline.ts';
import { findIncident, listIncidents, MOST_CLOSED, type ReadEvents } from '../incidents.ts';
import { explainCheck } from '../explain-check.ts';
import { explain } from '../explain.ts';
import {
  applyCommand,
  checkTargetsOf,
  downCommand,
  maintenanceWindow,
  refuseToTouch,
  requested,
  runCommand,
  showWindow,
  withDependencies,
} from './commands.ts';
import { alertsReport } from './alerts.ts';
import { events, UNREADABLE } from './events.ts';
import { history } from './history.ts';
import { LineStream, readBody, sendJson } from './http.ts';
import type { ApiPorts } from './ports.ts';
import { reloadCommand, runReload } from './reload.ts';
import type { Route } from './router.ts';
import { statusNow } from './status.ts';

/** Loaded when somebody asks. */
const health = (): Promise<typeof import('./health.ts')> => import('./health.ts');

/** Every request that can be answered. */
export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/health',
    needs: 'open',
    answer: async (request, response, ports) => (await health()).health(request, response, ports),
  },
  {
    method: 'GET',
    path: '/health/live',
    needs: 'open',
    answer: async (request, response, ports) => (await health()).live(request, response, ports),
  },
  {
    method: 'GET',
    path: '/health/ready',
    needs: 'open',
    answer: async (request, response, ports) => (await health()).ready(request, response, ports),
  },
  {
    method: 'GET',
    path: '/health/detailed',
    needs: 'read',
    answer: async (request, response, ports) => (await health()).detailedHealth(request, response, ports),
  },
  {
    method: 'GET',
    path: '/status',
    needs: 'read',
    answer: async (_request, response, ports) => sendJson(response, 200, statusNow(ports)),
  },
  {
    method: 'GET',
    path: '/api/v1/plan',
    needs: 'read',
    answer: async (_request, response, { daemon, local }) => {
      const { plan } = daemon.coordinator.world;
      sendJson(response, 200, local ? plan : planAsJson(plan));
    },
  },
  {
    method: 'GET',
    path: '/api/v1/events',
    needs: 'read',
    answer: async (request, response, { daemon, store, clock }, url) =>
      events(request, response, url, daemon, store, clock),
  },
  {
    method: 'GET',
    path: '/api/v1/incidents',
    needs: 'read',
    answer: async (_request, response, { daemon, store, clock }, url) => {
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
  },
  {
    method: 'GET',
    path: '/api/v1/history',
    needs: 'read',
    answer: async (_request, response, { daemon, store, clock }, url) => history(response, url, daemon, store, clock),
  },
  {
    method: 'GET',
    path: '/api/v1/alerts',
    needs: 'read',
    answer: async (_request, response, { daemon }) => sendJson(response, 200, alertsReport(daemon.alerts.alerts)),
  },
  {
    method: 'GET',
    path: '/api/v1/maintenance',
    needs: 'read',
    answer: async (_request, response, { daemon }) => {
      sendJson(
        response,
        200,
        [...daemon.coordinator.world.windows.values()].map(({ window }) => showWindow(window)),
      );
    },
  },
  {
    method: 'POST',
    path: '/api/v1/check',
    needs: 'control',
    answer: async (request, response, { daemon }) => {
      const targets = checkTargetsOf(daemon, await readBody<CheckRequest>(request));
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      sendJson(response, 200, await daemon.probes.now(targets, gone.signal));
    },
  },
  {
    method: 'POST',
    path: '/api/v1/repair',
    needs: 'control',
    answer: async (request, response, { daemon }) => {
      const body = await readBody<RepairRequest>(request);
      const targets = checkTargetsOf(daemon, body);
      const services = requested(daemon, body, false);
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const { repair } = await import('../remedy/repair.ts');
      sendJson(response, 200, await repair(daemon, targets, services, body.dry_run === true, gone.signal));
    },
  },
  {
    method: 'POST',
    path: '/api/v1/maintenance',
    needs: 'control',
    answer: async (request, response, { daemon, clock }) => {
      const window = maintenanceWindow(daemon, await readBody<MaintenanceRequest>(request), clock.now().wall);
      await daemon.command({ type: 'maintain', window });
      sendJson(response, 200, showWindow(window));
    },
  },
  {
    method: 'POST',
    path: '/api/v1/start',
    needs: 'control',
    answer: async (request, response, { daemon }) => {
      refuseToTouch(daemon, 'start');
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
  },
  {
    method: 'POST',
    path: '/api/v1/stop',
    needs: 'control',
    answer: async (request, response, { daemon }) => {
      refuseToTouch(daemon, 'stop');
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
  },
  {
    method: 'POST',
    path: '/api/v1/restart',
    needs: 'control',
    answer: async (request, response, { daemon }) => {
      refuseToTouch(daemon, 'restart');
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
  },
  {
    method: 'POST',
    path: '/api/v1/reload',
    needs: 'local',
    answer: async (request, response, { daemon, logs }) => {
      refuseToTouch(daemon, 'reload');
      const body = await readBody<ReloadRequest>(request);
      const command = reloadCommand(daemon, body);
      const lines = new LineStream(response);
      await runReload(daemon, logs, command, body.wait !== false, lines);
      lines.end();
    },
  },
  {
    method: 'POST',
    path: '/api/v1/apply',
    needs: 'local',
    answer: async (request, response, ports) => {
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
  },
  {
    method: 'POST',
    path: '/api/v1/down',
    needs: 'control',
    answer: async (request, response, { daemon }) => {
      const command = downCommand(await readBody<DownRequest>(request));
      const lines = new LineStream(response);
      await runCommand(daemon, command, [], 'down', true, lines);
      lines.end();
    },
  },
  {
    method: 'GET',
    path: /^\/api\/v1\/explain\/(.+)$/,
    needs: 'read',
    answer: (_request, response, ports, _url, name) => answerExplain(response, ports, name),
  },
  {
    method: 'POST',
    path: /^\/api\/v1\/alerts\/([^/]+)\/ack$/,
    needs: 'control',
    answer: async (request, response, { daemon, clock }, _url, id) => {
      const { by = 'somebody' } = await readBody<AcknowledgeRequest>(request);
      daemon.alerts.acknowledge(id, by);
      await withDeadline(daemon.commit(), clock, 'cannot write it down: the state disk does not answer');
      sendJson(response, 200, { acknowledged: 1 });
    },
  },
  {
    method: 'POST',
    path: /^\/api\/v1\/heartbeats\/([^/]+)$/,
    needs: 'control',
    answer: async (request, response, { daemon, clock }, _url, name) => {
      const { pingOfRequest, reportBeat } = await import('./heartbeats.ts');
      const ping = pingOfRequest(await readBody<HeartbeatRequest>(request));
      sendJson(response, 200, { written: await reportBeat(daemon, clock, name, ping) });
    },
  },
  {
    method: 'DELETE',
    path: /^\/api\/v1\/maintenance\/(.+)$/,
    needs: 'control',
    answer: (_request, response, ports, _url, id) => endMaintenance(response, ports, id),
  },
];

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
  { daemon, store, logs, clock, problems }: ApiPorts,
  name: string,
): Promise<void> {
  const { world } = daemon.coordinator;
  const check = world.checks.get(name);
  if (check !== undefined) {
    const types = EVENT_TYPES.filter((type) => /^(check|remedy)\./.test(type));
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
  const service = world.instances.get(name as InstanceId)?.service ?? name;
  // Each begins with the name of its service.
  const prefix = `${service}: `;
  const troubles = problems().flatMap((line) => (line.startsWith(prefix) ? [line.slice(prefix.length)] : []));
  for (const { facts } of explanation.instances) facts.push(...troubles);
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
