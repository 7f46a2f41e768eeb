import { oneLine } from '../observe.ts';

/** What the engine says of a container, as far as it is looked at (https://docs.docker.com/reference/api/engine/, ContainerInspect). */
export interface Container {
  id: string;
  /** On this machine; 0: none. */
  pid: number;
  status: string;
  exitCode: number;
  outOfMemory: boolean;
  error: string;
  /** UTC, milliseconds; NaN when it never was. */
  startedAt: number;
  /** UTC, milliseconds; NaN when it never was. */
  finishedAt: number;
  /** Restarts since it was started by hand. */
  restarts: number;
  /** When the engine restarts it: `no`, `always`, `unless-stopped`, `on-failure`; empty: no. */
  restartPolicy: string;
  /** Bytes; 0: no limit. */
  memoryLimit: number;
  /** It writes to a terminal: one stream, without frames. */
  terminal: boolean;
  /** Null: it has no health check. */
  health: { status: string; output: string } | null;
}

/** null when it is something else. */
export function parseContainer(body: string): Container | null {
  let raw: unknown;
  try {
    raw = JSON.parse(body);
  } catch {
    return null;
  }
  const container = record(raw);
  const state = record(container['State']);
  if (typeof state['Status'] !== 'string') return null;
  // podman calls it Healthcheck in some versions.
  const health = record(state['Health'] ?? state['Healthcheck']);
  const status = health['Status'];
  const log = Array.isArray(health['Log']) ? record(health['Log'].at(-1)) : {};
  const host = record(container['HostConfig']);
  return {
    id: String(container['Id'] ?? ''),
    pid: Number(state['Pid'] ?? 0),
    status: state['Status'],
    exitCode: Number(state['ExitCode'] ?? 0),
    outOfMemory: state['OOMKilled'] === true,
    error: String(state['Error'] ?? ''),
    startedAt: Date.parse(String(state['StartedAt'] ?? '')),
    finishedAt: Date.parse(String(state['FinishedAt'] ?? '')),
    restarts: Number(container['RestartCount'] ?? 0),
    restartPolicy: String(record(host['RestartPolicy'])['Name'] ?? ''),
    memoryLimit: Number(host['Memory'] ?? 0),
    terminal: record(container['Config'])['Tty'] === true,
    health:
      typeof status === 'string' && status !== '' && status !== 'none'
        ? { status, output: String(log['Output'] ?? '') }
        : null,
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Why it does not do its work, in words; null when it does. */
export function troubleOf({ status, exitCode, outOfMemory, error, health }: Container): string | null {
  const how = outOfMemory ? 'for want of memory' : `with exit code ${exitCode}`;
  const why = error === '' ? '' : ` (${oneLine(error, 120)})`;
  if (status === 'running') {
    if (health?.status !== 'unhealthy') return null;
    return `is unhealthy${health.output === '' ? '' : `: ${oneLine(health.output, 150)}`}`;
  }
  if (status === 'restarting') return `is restarted again and again; it ended ${how}${why}`;
  if (status === 'exited' || status === 'stopped') return `has ended ${how}${why}`;
  if (status === 'created' || status === 'configured') return `was never started${why}`;
  return `is ${oneLine(status, 40)}${why}`;
}
