import { randomUUID } from 'node:crypto';
import {
  MainstayError,
  type ApplyRequest,
  type CheckRequest,
  type DownRequest,
  type MaintenanceRequest,
  type MaintenanceWindow,
  type ProgressDone,
  type ServicesRequest,
} from '@mainstay/protocol';
import { diffPlans } from '../../config/diff/index.ts';
import { checkTargets, type CheckTarget } from '../../core/check/index.ts';
import type { Command } from '../../core/coordinator/index.ts';
import type { Window } from '../../core/maintenance/index.ts';
import { completePlan, type Plan } from '../../core/plan/index.ts';
import type { Daemon } from '../daemon.ts';
import { follow, type Target } from '../progress.ts';
import type { LineStream } from './http.ts';

/** Longest operator's window: a forgotten one must not switch repair off for ever. */
const MAX_MAINTENANCE_MS = 30 * 86_400_000;

/**
 * Does a command and tells how it goes until the services are where they should be. That it could not be written down is
 * said at the end.
 */
export async function runCommand(
  daemon: Daemon,
  command: Command,
  services: readonly string[],
  target: Target,
  wait: boolean,
  lines: LineStream,
): Promise<void> {
  const unwritten = await daemon.command(command).then(() => null, timedOut);
  const done: ProgressDone = wait
    ? await follow(daemon, services, target, (step) => lines.write(step), lines.signal)
    : { type: 'done', ok: true, problems: [] };
  lines.write(unwritten === null || !done.ok ? done : { error: unwritten.toJSON() });
}

/** The disk did not answer in time; everything else is thrown on. */
function timedOut(error: unknown): MainstayError {
  if (error instanceof MainstayError && error.code === 'timeout') return error;
  throw error;
}

/** The services that a request names, checked; their instances count as names too. */
export function requested(daemon: Daemon, body: Partial<ServicesRequest>, instances: boolean): string[] {
  const names = body.services ?? [];
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) {
    throw new MainstayError('usage', 'cannot read the request: "services" is not a list of names');
  }
  const { world } = daemon.coordinator;
  for (const name of names) {
    if (world.services.has(name)) continue;
    if ([...world.instances.keys()].some((id) => id === name)) {
      if (instances) continue;
      throw new MainstayError(
        'refused',
        `cannot start or stop ${name} alone: it is one instance of a service`,
        `name the service, or change its "instances"`,
      );
    }
    throw new MainstayError(
      'unknown-service',
      `cannot find ${name}: there is no such service`,
      `services are: ${[...world.services.keys()].join(', ')}`,
    );
  }
  return names;
}

/** The checks that a request names. */
export function checkTargetsOf(daemon: Daemon, { checks }: Partial<CheckRequest>): CheckTarget[] {
  if (!Array.isArray(checks)) throw new MainstayError('usage', 'cannot read the request: "checks" is not a list');
  const known = new Map(checkTargets(daemon.coordinator.world.plan).map((target) => [target.id, target]));
  return checks.map((id) => {
    const target = known.get(id);
    if (target !== undefined) return target;
    throw new MainstayError('unknown-check', `cannot check ${String(id)}: there is no such check`);
  });
}

/** Services that a start of `names` brings up too. */
export function withDependencies(daemon: Daemon, names: readonly string[]): string[] {
  return names.length === 0 ? [] : daemon.coordinator.graph.closure(names);
}

/**
 * The plan of a request, of this project.
 * @param verb what is to be done with it, for the error
 */
export function planOfRequest(daemon: Daemon, given: unknown, verb: string): Plan {
  const plan = given as Plan | undefined;
  if (plan === undefined || plan.version !== 1 || !Array.isArray(plan.services)) {
    throw new MainstayError('usage', `cannot ${verb}: the request holds no plan of a version this daemon knows`);
  }
  const current = daemon.coordinator.world.plan;
  if (plan.project !== current.project) {
    throw new MainstayError(
      'refused',
      `cannot ${verb}: the plan is of project ${plan.project}, this daemon runs ${current.project}`,
      'mainstay down, then mainstay up',
    );
  }
  // Whether it only observes is said when the daemon is started.
  return { ...completePlan(plan), observe: current.observe };
}

/** @throws MainstayError `refused` where mainstay only observes */
export function refuseToTouch(daemon: Daemon, verb: string): void {
  if (!daemon.coordinator.world.plan.observe) return;
  throw new MainstayError(
    'refused',
    `cannot ${verb}: mainstay only observes here, and touches nothing`,
    'ask what runs the services; or mainstay down, then mainstay up without --observe',
  );
}

/** Goes over to a new plan. Answers the services that the change touches. */
export function applyCommand(daemon: Daemon, body: Partial<ApplyRequest>): Extract<Command, { type: 'apply' }> {
  const plan = planOfRequest(daemon, body.plan, 'apply');
  const diff = diffPlans(daemon.coordinator.world.plan, plan);
  const restart = diff.services
    .filter((one) => one.change === 'changed' && one.effect === 'restart')
    .map((one) => one.name);
  return { type: 'apply', plan, restart, reason: 'its plan changed' };
}

export function downCommand(body: Partial<DownRequest>): Extract<Command, { type: 'down' }> {
  return { type: 'down', now: body.now === true, reason: body.now === true ? 'mainstay down --now' : 'mainstay down' };
}

/** A new window of maintenance. `wall` is UTC ms. */
export function maintenanceWindow(daemon: Daemon, body: Partial<MaintenanceRequest>, wall: number): Window {
  const services = requested(daemon, { services: body.services ?? [] }, false);
  const duration = body.duration ?? 0;
  if (!(duration > 0) || duration > MAX_MAINTENANCE_MS) {
    throw new MainstayError(
      'usage',
      'cannot begin maintenance: its duration must be more than 0 and at most 30 days',
      'mainstay maintenance on --for 1h --reason "…"',
    );
  }
  if (
    typeof body.reason !== 'string' ||
    body.reason.trim() === '' ||
    typeof body.owner !== 'string' ||
    body.owner === ''
  ) {
    throw new MainstayError(
      'usage',
      'cannot begin maintenance: a reason and an owner are needed',
      'mainstay maintenance on --for 1h --reason "…"',
    );
  }
  return {
    id: randomUUID().slice(0, 8),
    services,
    reason: body.reason.trim(),
    owner: body.owner,
    from: wall,
    until: wall + duration,
    source: 'operator',
  };
}

export function showWindow({ id, services, reason, owner, from, until, source }: Window): MaintenanceWindow {
  return {
    id,
    services: [...services],
    reason,
    owner,
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
    source,
  };
}
