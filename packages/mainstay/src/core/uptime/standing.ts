import type { Standing } from '@mainstay/protocol';
import { healthOf } from '../health/index.ts';
import { covering } from '../maintenance/index.ts';
import { instancesOf } from '../coordinator/instances.ts';
import type { CheckWatch, InstanceState, ServiceState, World } from '../coordinator/types.ts';

/** `coming`: it is being started because somebody asked for it; neither up, nor down unless it was. */
export interface Stands {
  state: Standing | 'coming';
  cause: string;
}

type InstanceStands = { state: 'up' | 'degraded' | 'down' | 'coming' | 'over' | 'unknown'; cause: string };

/** How every service of the plan stands. Tasks have no uptime. */
export function serviceStandings(world: World): Map<string, Stands> {
  const known = new Map<string, Stands>();
  for (const [name, service] of world.services) {
    if (service.plan.type === 'service') standingOf(world, name, service, known);
  }
  for (const name of known.keys()) if (world.services.get(name)?.plan.type === 'task') known.delete(name);
  return known;
}

function standingOf(world: World, name: string, service: ServiceState, known: Map<string, Stands>): Stands {
  const before = known.get(name);
  if (before !== undefined) return before;
  const stands = look(world, name, service, known);
  known.set(name, stands);
  return stands;
}

function look(world: World, name: string, service: ServiceState, known: Map<string, Stands>): Stands {
  const window = covering(world.windows.values(), name);
  if (window !== null) return { state: 'maintenance', cause: `maintenance: ${window.reason}` };
  if (world.goal === 'down') return { state: 'maintenance', cause: 'mainstay goes down' };
  if (service.desired === 'stopped') return { state: 'maintenance', cause: 'stopped by the operator' };
  const all = instancesOf(world, name).map((instance) => ofInstance(world, instance, known));
  const of = (state: InstanceStands['state']): InstanceStands | undefined => all.find((one) => one.state === state);
  const [up, degraded, down, coming] = [of('up'), of('degraded'), of('down'), of('coming')];
  const unseen = of('unknown');
  if (unseen !== undefined) return { state: 'unknown', cause: unseen.cause };
  if (up !== undefined || degraded !== undefined) {
    const worse = down ?? degraded;
    if (worse === undefined) return { state: 'up', cause: up?.cause ?? '' };
    return { state: 'degraded', cause: worse.cause };
  }
  if (down !== undefined) return { state: 'down', cause: down.cause };
  if (coming !== undefined) return { state: 'coming', cause: coming.cause };
  return { state: 'maintenance', cause: 'it ended with success' };
}

function ofInstance(world: World, instance: InstanceState, known: Map<string, Stands>): InstanceStands {
  const { life, health } = instance;
  if (instance.hidden !== null) return { state: 'unknown', cause: instance.hidden };
  const why = life.reason ?? life.phase;
  const onItsWay: InstanceStands = { state: life.unasked ? 'down' : 'coming', cause: why };
  switch (life.phase) {
    case 'ready': {
      const told = health === null ? 'healthy' : healthOf(health.mode);
      const said = health?.lastObservation?.message ?? why;
      if (told === 'unhealthy') return { state: 'down', cause: `healthcheck failed: ${said}` };
      if (told === 'unknown') return { ...onItsWay, cause: 'not checked yet' };
      return { state: told === 'healthy' ? 'up' : 'degraded', cause: health === null ? life.phase : said };
    }
    case 'stopped':
    case 'starting':
    case 'running':
      return onItsWay;
    case 'waiting':
      return life.unasked ? onItsWay : waits(world, instance, known);
    case 'stopping':
      return life.after?.do === 'account'
        ? { state: 'down', cause: life.after.reason }
        : { ...onItsWay, state: 'coming' };
    case 'completed':
      return { state: 'over', cause: why };
    case 'backoff':
    case 'cooldown':
    case 'fatal':
    case 'unkillable':
      return { state: 'down', cause: why };
  }
}

/** Its first start waits for others: for one that is down, it is down too. */
function waits(world: World, { plan, life }: InstanceState, known: Map<string, Stands>): InstanceStands {
  for (const { service: name } of plan.dependsOn) {
    const service = world.services.get(name);
    if (service === undefined) continue;
    const other = standingOf(world, name, service, known);
    if (other.state === 'down') return { state: 'down', cause: `waits for ${name}, which is down` };
  }
  return { state: 'coming', cause: life.reason ?? 'it is being started' };
}

/** How a check that belongs to no service stands. One that has not run since the daemon or the machine woke tells nothing yet. */
export function checkStanding({ state, last }: CheckWatch): Stands {
  const cause = last?.message ?? state.reason;
  switch (state.name) {
    case 'idle':
      return { state: 'unknown', cause: state.reason };
    case 'pending':
    case 'unknown':
      return { state: 'unknown', cause };
    default:
      if (state.fresh) return { state: 'unknown', cause: 'it has not been run yet' };
      return { state: ({ pass: 'up', warn: 'degraded', fail: 'down' } as const)[state.name], cause };
  }
}
