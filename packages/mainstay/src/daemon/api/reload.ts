import {
  MainstayError,
  splitInstanceId,
  type JournalEvent,
  type Problem,
  type ReloadRequest,
} from '@mainstay/protocol';
import type { Command } from '../../core/coordinator/index.ts';
import { cycleIn } from '../../core/order/index.ts';
import type { ServicePlan } from '../../core/plan/index.ts';
import type { LogHost } from '../../ports/index.ts';
import type { Daemon } from '../daemon.ts';
import { follow, phaseTeller } from '../progress.ts';
import { planOfRequest, requested } from './commands.ts';
import type { LineStream } from './http.ts';

type Reload = Extract<Command, { type: 'reload' }>;

/** How many lines of an instance that did not stand are shown. */
const LAST_LINES = 10;

/**
 * The services that a request names, as the file now says.
 * @throws MainstayError `refused` for a task, a service that comes or goes, and one that is being reloaded
 */
export function reloadCommand(daemon: Daemon, body: Partial<ReloadRequest>): Reload {
  const plan = planOfRequest(daemon, body.plan, 'reload');
  const { world } = daemon.coordinator;
  const inFile = new Map(plan.services.map((service) => [service.name, service]));
  const named = body.services ?? [];
  for (const name of Array.isArray(named) ? named : []) {
    if (inFile.has(name) && !world.services.has(name)) throw refused(name, 'it is new in the file', 'mainstay apply');
  }
  requested(daemon, { services: named }, false);
  const all = [...world.services.keys()].filter((name) => inFile.get(name)?.type === 'service');
  const services = (named.length === 0 ? all : named).map((name): ServicePlan => {
    const next = inFile.get(name);
    if (next === undefined) throw refused(name, 'it is no longer in the file', 'mainstay apply');
    if (next.type === 'task' || world.services.get(name)?.plan.type === 'task')
      throw refused(name, 'it is a task, which runs once', `mainstay restart ${name}`);
    if (world.rolls.has(name)) throw refused(name, 'it is being reloaded already', 'mainstay events -f');
    return next;
  });
  checkTogether(daemon, services);
  const changed = services.some((one) => JSON.stringify(world.services.get(one.name)?.plan) !== JSON.stringify(one));
  return { type: 'reload', services, reason: changed ? 'its plan changed' : 'rolling restart' };
}

const refused = (name: string, why: string, hint: string): MainstayError =>
  new MainstayError('refused', `cannot reload ${name}: ${why}`, hint);

/** Some services of the new file and the others of the running plan must make sense together. */
function checkTogether(daemon: Daemon, services: readonly ServicePlan[]): void {
  const { plan } = daemon.coordinator.world;
  const mixed = plan.services.map((one) => services.find(({ name }) => name === one.name) ?? one);
  const names = new Set(mixed.map(({ name }) => name));
  for (const { name, dependsOn } of services) {
    const missing = dependsOn.find((one) => !names.has(one.service));
    if (missing !== undefined)
      throw refused(name, `it depends on ${missing.service}, which does not run yet`, 'mainstay apply');
  }
  const cycle = cycleIn(mixed);
  if (cycle !== null)
    throw refused(
      cycle[0] ?? '',
      `with what the others run at the moment, its dependencies are a circle (${cycle.join(', ')})`,
      'mainstay apply',
    );
}

/** Begins the reload, tells each change of phase, and ends with what did not stand and why. */
export async function runReload(
  daemon: Daemon,
  logs: LogHost,
  command: Reload,
  wait: boolean,
  lines: LineStream,
): Promise<void> {
  const services = command.services.map(({ name }) => name);
  const problems: Problem[] = [];
  const failures = new Map<string, Problem>();
  const listener = (event: JournalEvent): void => {
    if (event.type === 'reload.failed' && event.instance !== null) {
      const { service: name, index } = splitInstanceId(event.instance);
      if (!services.includes(name) || failures.has(name)) return;
      const state = daemon.coordinator.world.instances.get(event.instance)?.life.phase ?? 'stopped';
      const last = logs.tail(event.instance, LAST_LINES);
      failures.set(name, { name, instance: index, state, message: event.message, hint: null, last_lines: last });
    }
    if (event.type === 'reload.ended') problems.push(...problemOf(event, services, failures));
  };
  const deaf = daemon.journal.listen(listener);
  try {
    await daemon.command(command);
    if (!wait) {
      lines.write({ type: 'done', ok: true, problems: [] });
      return;
    }
    await ended(daemon, services, lines);
    if (problems.length > 0) lines.write({ type: 'done', ok: false, problems });
    // Instances that came with the new plan are on their way.
    else lines.write(await follow(daemon, services, 'up', (step) => lines.write(step), lines.signal));
  } finally {
    deaf();
  }
}

/** How a reload ended, when that is not what was asked for. */
function problemOf(event: JournalEvent, services: readonly string[], failures: Map<string, Problem>): Problem[] {
  const { service, outcome } = event.data;
  if (typeof service !== 'string' || !services.includes(service) || outcome === 'done') return [];
  const message = event.message.slice(service.length + 2);
  const failure = failures.get(service);
  const hint = outcome === 'cancelled' ? `mainstay reload ${service}` : `mainstay logs ${service} -n 50`;
  return [{ ...(failure ?? { name: service, instance: 0, state: 'stopped' }), message, hint }];
}

/** Resolves when none of the services is being reloaded any more, or nobody listens. */
function ended(daemon: Daemon, services: readonly string[], lines: LineStream): Promise<void> {
  const tell = phaseTeller(daemon, services, (step) => lines.write(step));
  return new Promise((resolve) => {
    const look = (): void => {
      tell();
      if (!lines.signal.aborted && services.some((name) => daemon.coordinator.world.rolls.has(name))) return;
      stop();
      resolve();
    };
    const stop = daemon.onChange(look);
    lines.signal.addEventListener('abort', look, { once: true });
    look();
  });
}
