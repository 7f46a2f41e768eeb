import type { Effect } from '../core/coordinator/index.ts';
import type { ProcessHost } from '../ports/index.ts';

type OfProcess = Extract<Effect, { type: 'spawn' | 'signal' | 'kill' | 'adopt' | 'limit' | 'watch' | 'unwatch' }>;

/** What is asked of whoever runs instances. */
export function isOfProcess(effect: Effect): effect is OfProcess {
  return PROCESS_EFFECTS.has(effect.type);
}

const PROCESS_EFFECTS: ReadonlySet<Effect['type']> = new Set<OfProcess['type']>([
  'spawn',
  'signal',
  'kill',
  'adopt',
  'limit',
  'watch',
  'unwatch',
]);

export function carryProcess(effect: OfProcess, processes: ProcessHost): void {
  switch (effect.type) {
    case 'spawn':
      return processes.spawn(effect.spec);
    case 'signal':
      return processes.signal(effect.instance, effect.incarnation, effect.signal, effect.scope);
    case 'kill':
      return processes.kill(effect.instance, effect.incarnation);
    case 'adopt':
      return processes.adopt(effect.tree, effect.keepExit);
    case 'limit':
      return processes.limit(effect.instance, effect.incarnation, effect.resources);
    case 'watch':
      return processes.watch(effect.instance, effect.service);
    case 'unwatch':
      return processes.unwatch(effect.instance);
  }
}
