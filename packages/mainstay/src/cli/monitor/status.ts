import { EXIT, MainstayError } from '@mainstay/protocol';
import type { AlertsReport, ObservationStatus } from '@mainstay/protocol';
import { statusOf } from '../../core/check/index.ts';
import type { Standing } from '../../core/quorum/index.ts';
import { alertsReport } from '../../daemon/api/alerts.ts';
import type { Saved } from '../../monitor/saved.ts';
import type { Context } from '../framework/index.ts';
import { dayAndTime, humanAge, humanDuration, oneLine, renderTable } from '../text/index.ts';
import { statusColour } from '../text/style.ts';
import { locateMonitorState } from './load.ts';

/** A monitor that has left no sign of life for this long has ended, or its disk takes nothing, ms. */
const SILENT_MS = 150_000;

/** What `mainstay monitor status --json` prints. */
interface MonitorReport {
  id: string;
  project: string;
  /** It has left a sign of life in the last minutes, and its process is there. */
  running: boolean;
  pid: number;
  started_at: string;
  alive_at: string;
  /** Since when no witness answers: this machine has no network. */
  blind_since: string | null;
  checks: {
    name: string;
    status: ObservationStatus;
    since: string;
    message: string;
    /** Of the newest run; null: none yet. */
    last: { status: ObservationStatus; at: string; latency_ms: number } | null;
  }[];
  alerts: AlertsReport;
  monitors: { id: string; standing: Standing; silent_since: string | null }[];
  problems: string[];
}

/**
 * What the monitor knows, from its store. The exit code is 0 when it runs and all is well, otherwise 1.
 * @throws MainstayError `no-daemon` when nothing is stored
 */
export async function run(context: Context): Promise<number> {
  const { io, json } = context;
  const stateDir = locateMonitorState(context);
  const saved = (await io.monitoring(stateDir)).stored(stateDir);
  if (saved === null) {
    throw new MainstayError('no-daemon', `cannot show it: no monitor has run with ${stateDir}`, 'mainstay monitor');
  }
  const report = reportOf(saved, Date.now());
  io.out(json ? `${JSON.stringify(report, null, 2)}\n` : text(report, context));
  const isWell = report.running && report.checks.every(({ status }) => status === 'pass');
  return isWell ? EXIT.done : EXIT.failed;
}

function reportOf(saved: Saved, now: number): MonitorReport {
  return {
    id: saved.id,
    project: saved.project,
    running: Math.abs(now - saved.alive) < SILENT_MS && isThere(saved.pid),
    pid: saved.pid,
    started_at: iso(saved.startedAt),
    alive_at: iso(saved.alive),
    blind_since: saved.blindSince === null ? null : iso(saved.blindSince),
    checks: saved.checks.map(({ name, state, last }) => ({
      name,
      status: statusOf(state.name),
      since: iso(state.since.wall),
      message: last?.message ?? state.reason,
      last: last === null ? null : { status: last.status, at: iso(last.at), latency_ms: last.latencyMs },
    })),
    alerts: alertsReport(saved.alerts),
    monitors: saved.peers.map(({ id, standing, missedAt }) => ({
      id,
      standing,
      silent_since: missedAt === null ? null : iso(missedAt),
    })),
    problems: saved.problems,
  };
}

function text(report: MonitorReport, { io, style }: Context): string {
  const now = Date.now();
  const { id, project, running, pid, checks, alerts, monitors } = report;
  const life = running
    ? `runs for ${humanAge(report.started_at, now)}, pid ${pid}`
    : `does not run; its last sign of life was ${humanAge(report.alive_at, now)} ago`;
  const columns = [
    { title: 'CHECK', shrinkTo: 8 },
    { title: 'STATUS' },
    { title: 'SINCE' },
    { title: 'TOOK', align: 'right' as const },
    { title: 'SAYS', shrinkTo: 10 },
  ];
  const rows = checks.map(({ name, status, since, message, last }) => [
    { text: name },
    { text: status, colour: statusColour(status) },
    { text: humanAge(since, now) },
    { text: last === null ? '' : humanDuration(last.latency_ms) },
    { text: oneLine(message) },
  ]);
  const lines = [
    ...(report.blind_since === null ? [] : [`no witness answers since ${dayAndTime(report.blind_since)}`]),
    ...monitors.map(({ id: other, standing }) => `monitor ${other} is ${standing}`),
    ...alerts.open.map(
      ({ id: alert, severity, subject, cause }) => `#${alert} ${severity} ${subject}: ${oneLine(cause)}`,
    ),
    ...alerts.waiting.map(({ notifier, message }) => `waits for ${notifier}: ${message}`),
    ...alerts.broken.map(({ notifier, reason }) => `${notifier} cannot be told: ${oneLine(reason)}`),
    ...report.problems,
  ];
  const rest = lines.map((line) => `${line}\n`).join('');
  return `monitor ${id} of ${project} ${life}\n\n${renderTable(columns, rows, io.columns(), style)}${rest === '' ? '' : `\n${rest}`}`;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const iso = (wall: number): string => new Date(wall).toISOString();
