import { healthOf } from '../health/index.ts';
import { covering } from '../maintenance/index.ts';
import { waitForRestart } from '../budget/index.ts';
import { servicesAbout, servicesOf, type Hold } from '../remedy/index.ts';
import type { RemedyStep } from '../plan/index.ts';
import { doesItsWork, hasGivenUp, instancesOf } from './instances.ts';
import type { Turn } from './turn.ts';
import type { InstanceState, World } from './types.ts';

/** Whose remedy it is: a check by its name, or the healthcheck of an instance. */
export interface Owner {
  name: string;
  instance: InstanceState | null;
  /** When it was first seen to be wrong, monotonic ms. */
  since: number;
}

const quiet = (reason: string): Hold => ({ reason, tell: false });
const told = (reason: string): Hold => ({ reason, tell: true });

/** Why a step may not be taken now; null: it may. */
export function holdOf(turn: Pick<Turn, 'world' | 'now'>, step: RemedyStep, owner: Owner): Hold | null {
  const { world } = turn;
  if (world.goal === 'down') return quiet('mainstay goes down');
  if (world.plan.observe) return told('mainstay only observes here');
  const names = [owner.name, ...servicesOf(step)];
  for (const name of names) {
    const window = covering(world.windows.values(), name);
    if (window !== null) return quiet(`maintenance (${window.reason})`);
  }
  const own = owner.instance;
  if (own !== null) {
    const hold = ofOwn(turn, own);
    if (hold !== null) return hold;
  }
  if (step.do !== 'restart' && step.do !== 'signal') return null;
  const services = servicesOf(step);
  for (const name of services) {
    const hold = ofService(turn, name);
    if (hold !== null) return hold;
  }
  const targets = services.length === 0 ? [own ?? []].flat() : services.flatMap((name) => instancesOf(world, name));
  for (const service of new Set(targets.map((one) => one.service))) {
    const broken = brokenBelow(world, service, owner.since);
    if (broken !== null) return broken;
  }
  return step.do === 'restart' ? ofBudgets(turn, targets) : null;
}

function ofOwn({ world }: Pick<Turn, 'world'>, { health, index, service }: InstanceState): Hold | null {
  if (world.services.get(service)?.desired === 'stopped') return quiet('the operator stopped it');
  if (world.rolls.get(service)?.current?.index === index) return quiet('it is just being reloaded');
  if (health === null || health.mode === 'idle') return quiet('it is not running');
  return health.mode === 'trying' ? quiet('it is in its start period') : null;
}

function ofService({ world }: Pick<Turn, 'world'>, name: string): Hold | null {
  const service = world.services.get(name);
  if (service === undefined) return told(`there is no service ${name}`);
  if (service.desired === 'stopped') return told(`${name} was stopped by the operator`);
  if (world.rolls.has(name)) return quiet(`${name} is being reloaded`);
  const instances = instancesOf(world, name);
  const up = instances.filter(({ life }) => life.phase === 'ready');
  if (up.length === 0) {
    const [first] = instances;
    const { phase = 'gone', reason = null } = first?.life ?? {};
    if (first !== undefined && hasGivenUp(first)) return told(`${name} gave up: ${reason ?? phase}`);
    return quiet(`${name} is ${phase}: it is seen to already`);
  }
  const isYoung = up.every(({ health }) => health !== null && health.mode === 'trying');
  return isYoung ? quiet(`${name} is in its start period`) : null;
}

/**
 * Something that a service needs, directly or not, is broken or may be: that is repaired, not what depends on it.
 * Null: nothing is, and that was seen since the trouble began.
 */
function brokenBelow(world: World, service: string, since: number, seen = new Set<string>()): Hold | null {
  for (const { service: name, required } of world.services.get(service)?.plan.dependsOn ?? []) {
    if (seen.has(name)) continue;
    seen.add(name);
    const instances = instancesOf(world, name);
    if (instances.length === 0 || (!required && instances.every(hasGivenUp))) continue;
    const deeper = brokenBelow(world, name, since, seen);
    if (deeper !== null) return deeper;
    const works = instances.some((one) => one.life.phase === 'completed' || doesItsWork(one));
    if (!works) return told(`${name}, which ${service} needs, is ${phaseOf(instances)}`);
    const doubtful = instances.every(({ health }) => health !== null && health.failures > 0);
    if (doubtful) return told(`${name}, which ${service} needs, may be broken`);
    if (isUnseen(instances, since)) return quiet(`${name}, which ${service} needs, is looked at first`);
    const failing = [...world.checks.values()].find(
      ({ plan, state }) => servicesAbout(plan).includes(name) && (state.name === 'fail' || state.failures > 0),
    );
    if (failing !== undefined) return told(`${name}, which ${service} needs, is broken: ${failing.plan.name} fails`);
  }
  return null;
}

/** Its healthchecks have not said anything since then: that it works may be old. */
function isUnseen(instances: readonly InstanceState[], since: number): boolean {
  const last = instances.flatMap(({ health }) => (health === null ? [] : [health.lastObservation?.at ?? -Infinity]));
  return last.length > 0 && Math.max(...last) < since;
}

/** Has the healthchecks of everything run now that `owner`'s step waits for, so that it need not wait for long. */
export function lookBelow({ world, graph, effects }: Turn, step: RemedyStep, { instance }: Owner): void {
  const about = [...servicesOf(step), ...(instance === null ? [] : [instance.service])];
  for (const name of graph.closure(about)) {
    if (about.includes(name)) continue;
    for (const { id, health } of instancesOf(world, name))
      if (health !== null && health.incarnation !== null) effects.push({ type: 'arm', key: `probe:${id}`, afterMs: 0 });
  }
}

function phaseOf(instances: readonly InstanceState[]): string {
  const [first] = instances;
  const phase = first?.life.phase ?? 'gone';
  return phase === 'ready' ? healthOf(first?.health?.mode ?? 'idle') : phase;
}

/** What a restart would not come back from at once is left running: half of it is better than none. */
function ofBudgets({ world, now }: Pick<Turn, 'world' | 'now'>, targets: readonly InstanceState[]): Hold | null {
  for (const { service, life, plan } of targets) {
    const { attempts, name } = life.restart;
    const { maxAttempts, window, resetAfter } = plan.restartPolicy;
    if (life.readyAt !== null && now.mono - life.readyAt >= resetAfter) continue;
    const used = attempts.filter((at) => now.mono - at < window).length;
    if (name === 'trial' || used >= maxAttempts)
      return told(
        `its restarts are used up (${used} of ${maxAttempts} in ${Math.round(window / 1000)} s); ${service} is left as it is`,
      );
  }
  const waitMs = waitForRestart(world.budget, world.plan.restartBudget, now.mono);
  return waitMs > 0 ? told('the restart budget of the host is used up') : null;
}

/** What a step restarted is up again, or will not be: whether it helped can be seen. */
export function isSettled({ world }: Turn, step: RemedyStep): boolean {
  return servicesOf(step).every((name) =>
    instancesOf(world, name).every(
      (one) => hasGivenUp(one) || (one.life.phase === 'ready' && one.health?.mode !== 'trying'),
    ),
  );
}
