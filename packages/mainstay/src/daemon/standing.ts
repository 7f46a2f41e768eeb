import type {
  DetailedHealthReport,
  HealthDetail,
  HealthReport,
  HealthStatus,
  HealthWord,
  InstanceStatus,
  ObservationStatus,
  StatusReport,
} from '@mainstay/protocol';
import { doesItsWork, instancesOf, type World } from '../core/coordinator/index.ts';
import { checkStanding, serviceStandings } from '../core/uptime/index.ts';

/**
 * How everything stands, for whoever asks over the network. A service or a check that is down is `fail`; one that is degraded, starting or not known
 * is `warn`; what an operator stopped, or maintenance is for, is left out.
 * @param wall UTC ms
 */
export function healthReport(world: World, wall: number): HealthReport {
  const services = servicesOf(world);
  const checks = [...world.checks.values()].map((watch) => checkStanding(watch).state);
  const words = [...Object.values(services), ...checks];
  const status = words.some((word) => word === 'down')
    ? 'fail'
    : words.every((word) => word === 'up' || word === 'maintenance')
      ? 'pass'
      : 'warn';
  const failed = checks.filter((word) => word === 'down').length;
  const output = `${failed} of ${checks.length} checks ${failed === 1 ? 'has' : 'have'} failed`;
  return { status, timestamp: iso(wall), services, ...(failed > 0 && { output }) };
}

/** Whether everything that is wanted does its work: each service by one instance at least, each task by having succeeded. */
export function readyReport(world: World, wall: number): HealthReport {
  const isReady =
    world.goal === 'up' &&
    [...world.services].every(([name, { desired }]) => desired === 'stopped' || worksOrIsDone(world, name));
  return { status: isReady ? 'pass' : 'fail', timestamp: iso(wall), services: servicesOf(world) };
}

function worksOrIsDone(world: World, service: string): boolean {
  const instances = instancesOf(world, service);
  return instances.some(doesItsWork) || instances.every(({ life }) => life.phase === 'completed');
}

function servicesOf(world: World): Record<string, HealthWord> {
  const standings = [...serviceStandings(world)].map(([name, { state }]): [string, HealthWord] => [
    name,
    state === 'coming' ? 'starting' : state,
  ]);
  const order = [...world.services.keys()];
  return Object.fromEntries(standings.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
}

/** The same with reasons, as health+json. */
export function detailedReport(world: World, status: StatusReport, wall: number): DetailedHealthReport {
  const checks: Record<string, HealthDetail[]> = {};
  for (const one of status.services) {
    const detail = {
      componentId: `${one.name}/${one.instance}`,
      componentType: 'component' as const,
      observedValue: one.state,
      status: statusOfInstance(one),
      ...(one.started_at !== null && { time: one.started_at }),
    };
    (checks[`${one.name}:state`] ??= []).push(withOutput(detail, one.reason));
  }
  for (const { name, status: result, since, message } of status.checks) {
    const detail = {
      componentId: name,
      componentType: 'component' as const,
      observedValue: result,
      status: STATUS_OF[result],
      time: since,
    };
    (checks[`${name}:result`] ??= []).push(withOutput(detail, message));
  }
  const { version, degraded } = status.daemon;
  return { ...healthReport(world, wall), releaseId: version, serviceId: status.project, notes: degraded, checks };
}

const STATUS_OF: Readonly<Record<ObservationStatus, HealthStatus>> = {
  pass: 'pass',
  warn: 'warn',
  fail: 'fail',
  unknown: 'warn',
};

function statusOfInstance({ state, health, desired, flags }: InstanceStatus): HealthStatus {
  if (desired === 'stopped' || state === 'completed') return 'pass';
  const failed = state === 'ready' ? health === 'unhealthy' : FAILED.has(state);
  if (failed) return flags.includes('maintenance') ? 'warn' : 'fail';
  return state === 'ready' && health !== 'degraded' ? 'pass' : 'warn';
}

const FAILED: ReadonlySet<string> = new Set(['backoff', 'cooldown', 'fatal', 'unkillable']);

function withOutput(detail: HealthDetail, output: string | null): HealthDetail {
  return detail.status === 'pass' || output === null ? detail : { ...detail, output };
}

const iso = (wall: number): string => new Date(wall).toISOString();
