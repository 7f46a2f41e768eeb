/** What the rest of mainstay knows, as alerts see it. */
import { statusOf } from '../check/index.ts';
import { doesItsWork, instancesOf } from '../coordinator/instances.ts';
import type { CheckWatch, InstanceState, World } from '../coordinator/types.ts';
import { healthOf } from '../health/index.ts';
import { remedyOf } from '../remedy/index.ts';
import { covering } from '../maintenance/index.ts';
import type { Now } from '../world/index.ts';
import type { Alerts, Sight, Sights, Trouble } from './types.ts';

/** What is seen of every service, every check and every notifier. */
export function sightsOf(
  world: World,
  { broken }: Pick<Alerts, 'broken'>,
  notifiers: readonly string[],
  now: Now,
): Sights {
  const sights = new Map<string, Sight>();
  for (const name of world.services.keys()) sights.set(`service/${name}`, sightOfService(world, name, now));
  for (const check of world.checks.values()) sights.set(`check/${check.plan.name}`, sightOfCheck(world, check));
  follow(sights, world);
  for (const name of notifiers) sights.set(`notifier/${name}`, sightOfNotifier(name, broken[name]));
  return sights;
}

/** What is only the trouble of something else begins no alert while that is wrong: it stands in the alert of that. */
function follow(sights: Map<string, Sight>, { incidents }: World): void {
  for (const { cause, involved } of incidents.open) {
    const root = involved.find(({ name }) => name === cause);
    const source = root === undefined ? '' : `${root.kind}/${cause}`;
    const sight = sights.get(source);
    if (root?.until !== null || sight === undefined || sight === 'well') continue;
    const others = involved.filter(({ name }) => name !== cause);
    for (const { name, kind } of others) {
      if (typeof sights.get(`${kind}/${name}`) !== 'string') sights.set(`${kind}/${name}`, 'unsure');
    }
    if (sight === 'unsure') continue;
    const affected = new Set([...sight.affected, ...others.map(({ name }) => name)]);
    sights.set(source, { ...sight, affected: [...affected] });
  }
}

const NOBODYS = { action: null, affected: [], owner: null, runbook: null, except: null };

function sightOfService(world: World, name: string, now: Now): Sight {
  const service = world.services.get(name);
  const instances = instancesOf(world, name);
  if (service === undefined || world.goal === 'down') return 'unsure';
  if (service.desired === 'stopped') return 'well';
  const bad = instances.map((one) => [one, troubleOf(one)] as const).find(([, trouble]) => trouble !== null);
  if (bad === undefined) return instances.every((one) => isWell(one, now)) ? 'well' : 'unsure';
  // Maintenance begins nothing; what began before it ends when it ends.
  if (covering(world.windows.values(), name) !== null) return 'unsure';
  const [instance, trouble] = bad;
  const label = service.plan.instances > 1 ? `instance ${instance.index}: ` : '';
  return {
    ...NOBODYS,
    severity: 'critical',
    subject: name,
    cause: `${label}${trouble?.cause ?? ''}`,
    since: Math.min(instance.life.since.wall, instance.life.lastExit?.at ?? Infinity),
    action: trouble?.action ?? null,
    affected: world.plan.services
      .filter(({ dependsOn }) => dependsOn.some((dependency) => dependency.service === name))
      .map((dependent) => dependent.name),
    owner: service.plan.owner,
    runbook: service.plan.runbook,
  };
}

function troubleOf({ life, health, plan, remedy }: InstanceState): Pick<Trouble, 'cause' | 'action'> | null {
  const why = life.reason ?? 'the reason is not known';
  if (life.phase === 'cooldown')
    return { cause: `failed too often: ${why}`, action: 'one attempt after each cooldown' };
  if (life.phase === 'fatal') return { cause: `gave up: ${why}`, action: 'nothing: it is not tried again by itself' };
  if (life.phase === 'unkillable')
    return { cause: `survives SIGKILL: ${why}`, action: 'nothing is started in its place' };
  const isSick = health !== null && healthOf(health.mode) === 'unhealthy' && life.phase === 'ready';
  const onFailure = plan.healthcheck?.onFailure ?? 'none';
  // What is done about it comes first; when that does not help, or may not be done, people are told.
  const isTold = onFailure === 'alert' || (onFailure === 'restart' && remedy.escalated);
  if (!isSick || !isTold) return null;
  return { cause: `its healthcheck fails: ${health.lastObservation?.message ?? ''}`, action: null };
}

/** One that has failed before is well once it has been ready for `reset_after`: a trial is no recovery. */
function isWell(instance: InstanceState, now: Now): boolean {
  const { life, plan } = instance;
  if (life.phase === 'completed') return true;
  if (!doesItsWork(instance)) return false;
  return life.restart.streak === 0 || now.mono - (life.readyAt ?? now.mono) >= plan.restartPolicy.resetAfter;
}

function sightOfCheck(world: World, { plan, state, last, remedy }: CheckWatch): Sight {
  const status = statusOf(state.name);
  const isTold = status === 'fail' ? plan.onFailure === 'alert' : plan.onWarn === 'alert';
  if (status !== 'fail' && status !== 'warn') return status === 'pass' && !state.flapping ? 'well' : 'unsure';
  if (!isTold) return 'well';
  if (covering(world.windows.values(), plan.name) !== null) return 'unsure';
  // What is done about it comes first; when that does not help, or may not be done, people are told.
  if (remedyOf(plan)[status].length > 0 && !remedy.escalated) return 'unsure';
  return {
    ...NOBODYS,
    severity: status === 'fail' ? 'critical' : 'warning',
    subject: plan.name,
    cause: last?.message ?? state.reason,
    since: (state.firstTroubleAt ?? state.since).wall,
  };
}

function sightOfNotifier(name: string, broken: Alerts['broken'][string] | undefined): Sight {
  if (broken === undefined) return 'well';
  return {
    ...NOBODYS,
    severity: 'warning',
    subject: `notifier ${name}`,
    cause: broken.reason,
    since: broken.at,
    except: name,
  };
}
