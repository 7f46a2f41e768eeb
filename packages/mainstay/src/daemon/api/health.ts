import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HealthReport } from '@mainstay/protocol';
import { detailedReport, healthReport, readyReport } from '../standing.ts';
import { sendJson } from './http.ts';
import type { ApiPorts } from './ports.ts';
import { statusNow } from './status.ts';

/** https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check-06 */
const HEALTH_JSON = 'application/health+json';

/** `GET /health`: how services and checks stand. */
export async function health(request: IncomingMessage, response: ServerResponse, ports: ApiPorts): Promise<void> {
  send(request, response, healthReport(ports.daemon.coordinator.world, ports.clock.now().wall));
}

/** `GET /health/live`: it answers, so it lives. What the services do is said elsewhere. */
export async function live(request: IncomingMessage, response: ServerResponse, { clock }: ApiPorts): Promise<void> {
  send(request, response, { status: 'pass', timestamp: new Date(clock.now().wall).toISOString() });
}

/** `GET /health/ready`: whether everything that is wanted does its work. */
export async function ready(request: IncomingMessage, response: ServerResponse, ports: ApiPorts): Promise<void> {
  send(request, response, readyReport(ports.daemon.coordinator.world, ports.clock.now().wall));
}

/** `GET /health/detailed`: with reasons. */
export async function detailedHealth(
  _request: IncomingMessage,
  response: ServerResponse,
  ports: ApiPorts,
): Promise<void> {
  const { daemon, clock } = ports;
  const report = detailedReport(daemon.coordinator.world, statusNow(ports), clock.now().wall);
  sendHealth(response, report, HEALTH_JSON);
}

function send({ headers }: IncomingMessage, response: ServerResponse, report: HealthReport): void {
  const isAsked = headers.accept?.includes(HEALTH_JSON) === true;
  sendHealth(response, report, isAsked ? HEALTH_JSON : 'application/json');
}

function sendHealth(
  response: ServerResponse,
  report: HealthReport,
  type: 'application/json' | 'application/health+json',
): void {
  response.setHeader('cache-control', 'no-store');
  sendJson(response, report.status === 'fail' ? 503 : 200, report, type);
}
