import type { StatusReport } from '@mainstay/protocol';
import { statusReport } from '../view.ts';
import type { ApiPorts } from './ports.ts';

/** What `GET /status` answers. */
export function statusNow({ daemon, degraded, clock }: ApiPorts): StatusReport {
  const { startedAt, options } = daemon;
  const facts = { pid: process.pid, version: options.version, startedAt: startedAt.wall, degraded: degraded() };
  return statusReport(daemon.coordinator.world, facts, clock.now());
}
