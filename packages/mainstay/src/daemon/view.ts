import { splitInstanceId, type InstanceFlag, type InstanceStatus, type StatusReport } from '@mainstay/protocol';
import { statusOf } from '../core/check/index.ts';
import type { CheckWatch, InstanceState, World } from '../core/coordinator/index.ts';
import { healthOf } from '../core/health/index.ts';
import { incidentSummaries } from './incidents.ts';
import { covering } from '../core/maintenance/index.ts';
import type { Now } from '../ports/index.ts';

export interface DaemonFacts {
  pid: number;
  version: string;
  startedAt: number;
  degraded: string[];
}

/** What `status` shows, from the decisions' state. Retired instances are shown until they are gone. */
export function statusReport(world: World, facts: DaemonFacts, now: Now): StatusReport {
  const order = [...world.services.keys()];
  const instances = [...world.instances.values()].sort(
    (a, b) => rank(order, a.service) - rank(order, b.service) || a.index - b.index,
  );
  return {
    project: world.plan.project,
    daemon: {
      pid: facts.pid,
      version: facts.version,
      started_at: iso(facts.startedAt),
      degraded: facts.degraded,
    },
    services: instances.map((instance) => instanceStatus(world, instance, now)),
    checks: [
      ...[...world.instances.values()].flatMap(healthcheckStatus),
      ...[...world.checks.values()].map(checkStatus),
    ],
    incidents: incidentSummaries(world),
  };
}

function rank(order: string[], service: string): number {
  const at = order.indexOf(service);
  return at === -1 ? order.length : at;
}

function instanceStatus(world: World, instance: InstanceState, now: Now): InstanceStatus {
  const { life, health } = instance;
  const service = world.services.get(instance.service);
  const flags: InstanceFlag[] = [];
  if (life.adopted) flags.push('adopted');
  if (covering(world.windows.values(), instance.service) !== null) flags.push('maintenance');
  if (world.rolls.has(instance.service)) flags.push('reloading');
  if (instance.hidden !== null) flags.push('unseen');
  if (world.plan.observe) flags.push('observed');
  const waits = life.timer !== null && (life.phase === 'backoff' || life.phase === 'cooldown');
  return {
    name: instance.service,
    instance: instance.index,
    type: instance.plan.type,
    state: life.phase,
    health: health === null || instance.hidden !== null ? 'unknown' : healthOf(health.mode),
    desired: world.goal === 'down' || instance.retired !== null ? 'stopped' : (service?.desired ?? 'stopped'),
    pid: life.identity?.pid || null,
    restarts: life.restart.restarts,
    started_at: life.startedAt === null || life.identity === null ? null : iso(life.startedAt.wall),
    reason: instance.hidden ?? life.reason,
    next_attempt_at: waits && life.timer !== null ? iso(now.wall + (life.timer.due - now.mono)) : null,
    flags,
    last_exit: life.lastExit === null ? null : { ...life.lastExit, at: iso(life.lastExit.at) },
  };
}

function healthcheckStatus(instance: InstanceState): StatusReport['checks'] {
  const { health, plan } = instance;
  if (health === null || plan.healthcheck === null || health.lastObservation === null) return [];
  const { index } = splitInstanceId(instance.id);
  return [
    {
      name: plan.instances === 1 ? instance.service : `${instance.service}/${index}`,
      service: instance.service,
      kind: plan.healthcheck.kind,
      status: health.lastObservation.status,
      since: iso(instance.life.since.wall + (health.since - instance.life.since.mono)),
      message: health.lastObservation.message,
      suppressed: false,
      flapping: false,
    },
  ];
}

function checkStatus({ plan, state, last }: CheckWatch): StatusReport['checks'][number] {
  const isIdle = state.name === 'idle';
  return {
    name: plan.name,
    service: null,
    kind: plan.kind,
    status: statusOf(state.name),
    since: iso(state.since.wall),
    message: isIdle ? state.reason : (last?.message ?? state.reason),
    suppressed: isIdle,
    flapping: state.flapping,
  };
}

const iso = (wall: number): string => new Date(wall).toISOString();
