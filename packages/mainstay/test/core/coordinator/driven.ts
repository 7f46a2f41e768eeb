/** A coordinator whose effects are carried out at once: what is started lives, and what is asked to end ends. */
import type { InstanceId, Phase } from '@mainstay/protocol';
import { Coordinator, type Boot, type CoordinatorEvent, type Effect } from '../../../src/core/coordinator/index.ts';
import type { Plan } from '../../../src/core/plan/index.ts';

const NOTHING_SEEN: Boot = {
  type: 'boot',
  stored: [],
  checks: [],
  incidents: null,
  intents: {},
  windows: [],
  rolls: [],
  trees: [],
  exits: [],
  sameBoot: true,
  goal: 'up',
};

export class Driven {
  readonly coordinator: Coordinator;
  /** What a daemon would have found is given; the rest is: nothing. */
  readonly booted: Effect[];
  now = { mono: 1_000_000, wall: 1_767_225_600_000 };
  #pid = 100;

  constructor(plan: Plan, found: Partial<Boot> = {}) {
    this.coordinator = new Coordinator(plan, { next: () => 0.5 }, this.now);
    this.booted = this.tell({ ...NOTHING_SEEN, ...found });
  }

  /** One event, and the answers to what it leads to; all effects in their order. */
  tell(event: CoordinatorEvent): Effect[] {
    const all: Effect[] = [];
    const queue = [event];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const effects = this.coordinator.handle(next, this.now);
      all.push(...effects);
      queue.push(...effects.flatMap((effect) => this.#answer(effect)));
    }
    return all;
  }

  /** The leader of an instance ends, with nothing left. */
  end(instance: InstanceId, code: number): Effect[] {
    const incarnation = this.coordinator.world.instances.get(instance)?.life.incarnation ?? 0;
    return this.tell({
      type: 'exited',
      instance,
      incarnation,
      exit: { code, signal: null, known: true },
      remaining: 0,
    });
  }

  /** `app/0: ready 1`: phase and incarnation of each instance. */
  lives(): Record<string, string> {
    return Object.fromEntries(
      [...this.coordinator.world.instances].map(([id, { life }]) => [id, `${life.phase} ${life.incarnation}`]),
    );
  }

  phase(instance: InstanceId): Phase | undefined {
    return this.coordinator.world.instances.get(instance)?.life.phase;
  }

  #answer(effect: Effect): CoordinatorEvent[] {
    if (effect.type === 'spawn') {
      const { instance, incarnation } = effect.spec;
      const identity = { bootId: 'boot', pid: (this.#pid += 1), startTime: '1' };
      return [{ type: 'spawned', instance, incarnation, identity }];
    }
    if (effect.type === 'save-rolls' && effect.confirm !== null) return [{ type: 'rolls-stored', seq: effect.confirm }];
    if (effect.type === 'keep-plan') return [{ type: 'plan-kept', service: effect.service, seq: effect.seq }];
    if (effect.type !== 'signal' && effect.type !== 'kill') return [];
    const { instance, incarnation } = effect;
    const exit = { code: null, signal: effect.type === 'kill' ? 'SIGKILL' : effect.signal, known: true };
    return [{ type: 'exited', instance, incarnation, exit, remaining: 0 }];
  }
}

/** `spawn app/0`: what is started, signalled and killed, in its order. */
export function deeds(effects: readonly Effect[]): string[] {
  return effects.flatMap((one) => {
    if (one.type === 'spawn') return [`spawn ${one.spec.instance}`];
    return one.type === 'signal' || one.type === 'kill' ? [`${one.type} ${one.instance}`] : [];
  });
}
