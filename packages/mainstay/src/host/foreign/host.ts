import type { InstanceId } from '@mainstay/protocol';
import type { ForeignPlan, ServicePlan } from '../../core/plan/index.ts';
import type { Clock, FollowedLogs, Manager, ProcessEvent, ProcessHost } from '../../ports/index.ts';
import { Follower } from './follower.ts';
import { Keeper } from './keeper.ts';
import { Pump } from './pump.ts';
import { usageOfGroup } from './usage.ts';

export interface ForeignOptions {
  clock: Clock;
  bootId: string;
  logs: FollowedLogs;
  /** Who runs it. @throws Error in words when that cannot be told */
  managerOf: (foreign: ForeignPlan) => Manager;
  emit: (event: ProcessEvent) => void;
}

/** What of a process host concerns what something else runs. */
export interface ForeignHost extends Pick<
  ProcessHost,
  'spawn' | 'watch' | 'unwatch' | 'adopt' | 'signal' | 'kill' | 'forget' | 'usage' | 'problems'
> {
  /** Whether this incarnation is looked after here. */
  has(instance: InstanceId, incarnation: number): boolean;
  close(): void;
}

interface Watched {
  keeper: Keeper;
  pump: Pump;
  follower: Follower;
  plan: ServicePlan;
}

/** Looks after everything of a project that something else runs. */
export function createForeignHost(options: ForeignOptions): ForeignHost {
  const { clock, logs, emit } = options;
  const watched = new Map<InstanceId, Watched>();
  const followers = new Map<Manager, Follower>();
  /** Services of which nobody can say who runs them, and why. */
  const lost = new Map<InstanceId, string>();

  const followAll = (): void => {
    for (const follower of followers.values()) {
      const own = [...watched.values()].filter((one) => one.follower === follower);
      follower.follow(own.map(({ keeper }) => keeper.name));
    }
  };

  const followerOf = (manager: Manager): Follower => {
    const known = followers.get(manager);
    if (known !== undefined) return known;
    const follower: Follower = new Follower(manager, clock, (name) => {
      for (const one of watched.values())
        if (one.follower === follower && (name === null || one.keeper.name === name)) void one.keeper.look();
    });
    followers.set(manager, follower);
    return follower;
  };

  const unwatch = (instance: InstanceId): void => {
    lost.delete(instance);
    const one = watched.get(instance);
    if (one === undefined) return;
    one.keeper.close();
    one.pump.close();
    watched.delete(instance);
    followAll();
  };

  const watch = (instance: InstanceId, plan: ServicePlan): void => {
    const { foreign } = plan;
    const known = watched.get(instance);
    if (foreign === null || JSON.stringify(known?.plan.foreign) === JSON.stringify(foreign)) {
      if (known !== undefined) known.plan = plan;
      return;
    }
    unwatch(instance);
    let manager: Manager;
    try {
      manager = options.managerOf(foreign);
    } catch (error) {
      const why = (error as Error).message;
      lost.set(instance, `${plan.name}: ${why}`);
      clock.soon(() => emit({ type: 'sighted', instance, seen: { is: 'hidden', why } }));
      return;
    }
    const pump = new Pump(instance, foreign.name, manager, logs, clock);
    const keeper = new Keeper(instance, plan, foreign.name, manager, {
      clock,
      bootId: options.bootId,
      emit,
      looked: (look) => pump.looked(look),
    });
    watched.set(instance, { keeper, pump, plan, follower: followerOf(manager) });
    void keeper.look();
    followAll();
  };

  const keeperOf = (instance: InstanceId): Keeper | undefined => watched.get(instance)?.keeper;

  return {
    has: (instance, incarnation) => keeperOf(instance)?.has(incarnation) === true,
    watch,
    unwatch,
    spawn(spec) {
      const { instance, incarnation, service } = spec;
      watch(instance, service);
      const keeper = keeperOf(instance);
      if (keeper !== undefined) return keeper.spawn(incarnation);
      const message = `cannot start ${service.name}: ${lost.get(instance) ?? 'nobody runs it'}`;
      const failure = { reason: 'other', message, hint: null };
      clock.soon(() => emit({ type: 'spawn-failed', instance, incarnation, failure }));
    },
    adopt({ instance, incarnation, leader }) {
      if (leader !== null) keeperOf(instance)?.adopt(incarnation, leader);
    },
    signal(instance, incarnation, signal) {
      const one = watched.get(instance);
      if (one === undefined) return;
      const { stopSignal, stopGracePeriod: graceMs } = one.plan;
      // What stops it, whoever runs it knows.
      one.keeper.ask(incarnation, signal === stopSignal ? { do: 'stop', graceMs } : { do: 'signal', signal });
    },
    kill: (instance, incarnation) => keeperOf(instance)?.ask(incarnation, { do: 'signal', signal: 'SIGKILL' }),
    forget: (instance, incarnation) => keeperOf(instance)?.forget(incarnation),
    usage: (instance) => usageOfGroup(keeperOf(instance)?.last?.pid ?? 0),
    problems: () => [...lost.values(), ...[...watched.values()].flatMap(problemsOf)],
    close() {
      for (const { keeper, pump } of watched.values()) {
        keeper.close();
        pump.close();
      }
      for (const follower of followers.values()) follower.close();
    },
  };
}

/** Each begins with the name of its service. */
function problemsOf({ keeper, pump, plan }: Watched): string[] {
  const all = [keeper.last?.competes ?? null, keeper.refused, pump.problem];
  return all.flatMap((text) => (text === null ? [] : [`${plan.name}: ${text}`]));
}
