import type { InstanceId, Phase, ProgressDone, ProgressStep } from '@mainstay/protocol';
import { hasGivenUp, instancesOf, NOT_SEEN_YET, type InstanceState, type World } from '../core/coordinator/index.ts';
import type { Timer } from '../ports/index.ts';
import type { Daemon } from './daemon.ts';

/** A program that is ready by being started must live this long before a command believes it, ms. */
const PROVEN_MS = 500;
/** After this many failures in a row a command no longer waits for the service; its restart policy goes on. */
const FAILURES_TOLD = 3;

/** What a command waits for. */
export type Target = 'up' | 'down';

/**
 * Follows the given services until each is where the command wants it, or where it cannot get any
 * further; tells each change of phase on the way.
 */
export function follow(
  daemon: Daemon,
  services: readonly string[],
  target: Target,
  tell: (step: ProgressStep) => void,
  signal: AbortSignal,
): Promise<ProgressDone> {
  const { world } = daemon.coordinator;
  const ofInterest = (): InstanceState[] => instancesOfAll(world, services);
  const tellPhases = phaseTeller(daemon, services, tell);
  return new Promise((resolve) => {
    let again: Timer | null = null;
    const look = (): void => {
      const instances = ofInterest();
      const { mono } = daemon.clock.now();
      tellPhases();
      const settled = instances.every((instance) => isSettled(world, instance, target));
      const young = target === 'up' ? Math.max(0, ...instances.map((instance) => unprovenMs(instance, mono))) : 0;
      if (!signal.aborted && (!settled || young > 0)) {
        again?.cancel();
        again = young > 0 ? daemon.clock.after(young, look) : null;
        return;
      }
      again?.cancel();
      stop();
      resolve(done(world, ofInterest(), target));
    };
    const stop = daemon.onChange(look);
    signal.addEventListener('abort', look, { once: true });
    look();
  });
}

/** None named: all. */
function instancesOfAll(world: World, services: readonly string[]): InstanceState[] {
  return [...world.instances.values()].filter(({ service }) => services.length === 0 || services.includes(service));
}

/** Tells the phase of each instance of the services, each time it is called the ones that changed, in the order in which they did. */
export function phaseTeller(
  daemon: Daemon,
  services: readonly string[],
  tell: (step: ProgressStep) => void,
): () => void {
  const seen = new Map<InstanceId, Phase>();
  return () => {
    const changed = instancesOfAll(daemon.coordinator.world, services).filter(
      ({ id, life }) => seen.get(id) !== life.phase,
    );
    for (const instance of changed.toSorted((a, b) => a.life.since.mono - b.life.since.mono)) {
      seen.set(instance.id, instance.life.phase);
      tell(stepOf(instance));
    }
  };
}

/** How much longer it has to live before its being ready says something. */
function unprovenMs({ life, plan }: InstanceState, mono: number): number {
  if (life.phase !== 'ready' || plan.ready.by !== 'start' || plan.type === 'task' || life.startedAt === null) return 0;
  return Math.max(0, PROVEN_MS - (mono - life.startedAt.mono));
}

function stepOf({ service, index, life }: InstanceState): ProgressStep {
  return { type: 'step', name: service, instance: index, state: life.phase, message: life.reason ?? '' };
}

function isSettled(world: World, instance: InstanceState, target: Target): boolean {
  const { phase } = instance.life;
  if (target === 'down') return phase === 'stopped' || phase === 'unkillable';
  const desired = world.services.get(instance.service)?.desired;
  if (desired === 'stopped' || world.goal === 'down') return phase === 'stopped' || phase === 'unkillable';
  if (phase === 'waiting' && isLeftAlone(world, instance)) return true;
  const failing = phase === 'backoff' && instance.life.restart.streak >= FAILURES_TOLD;
  return isUp(instance) || failing || hasGivenUp(instance) || waitsForever(world, instance);
}

/** It waits for somebody else: mainstay only looks on, or cannot see what runs it. */
function isLeftAlone(world: World, { hidden }: InstanceState): boolean {
  return world.plan.observe || (hidden !== null && hidden !== NOT_SEEN_YET);
}

/** A task is where it should be once it has completed; until then nobody knows whether it fails. */
function isUp({ life: { phase }, plan }: InstanceState): boolean {
  return phase === 'completed' || (phase === 'ready' && plan.type === 'service');
}

/** It waits for something that gave up, was stopped, or waits for ever itself. */
function waitsForever(world: World, instance: InstanceState): boolean {
  if (instance.life.phase !== 'waiting') return false;
  return instance.plan.dependsOn.some(({ service, required }) => {
    if (!required) return false;
    const dependency = world.services.get(service);
    if (dependency === undefined) return false;
    if (dependency.desired === 'stopped') return true;
    const lives = instancesOf(world, service);
    return lives.length > 0 && lives.every((one) => hasGivenUp(one) || waitsForever(world, one));
  });
}

function done(world: World, instances: InstanceState[], target: Target): ProgressDone {
  const problems = instances.flatMap((instance) => {
    const { phase, reason } = instance.life;
    const wantsDown =
      target === 'down' || world.goal === 'down' || world.services.get(instance.service)?.desired === 'stopped';
    // That mainstay runs nothing here was asked for.
    if (world.plan.observe && !wantsDown && instance.plan.foreign === null) return [];
    const good = wantsDown ? phase === 'stopped' : isUp(instance);
    if (good) return [];
    const message = instance.hidden ?? reason ?? phase;
    const hint = wantsDown ? null : `mainstay explain ${instance.service}`;
    return [{ name: instance.service, instance: instance.index, state: phase, message, hint }];
  });
  return { type: 'done', ok: problems.length === 0, problems };
}
