import type { Effect, World } from '../core/coordinator/index.ts';
import type { Journal } from './journal.ts';
import type { Probes } from './probes.ts';

/** What the decisions ask for about a check. */
type CheckEffect = Extract<Effect, { check: string }>;

/** Carries out what is asked for about a check that belongs to no service. */
export function carryCheck(effect: CheckEffect, world: World, probes: Probes, journal: Journal, wall: number): void {
  const { check } = effect;
  switch (effect.type) {
    case 'run-check': {
      const watch = world.checks.get(check);
      if (watch !== undefined) probes.check(watch.plan, effect.run);
      return;
    }
    case 'cancel-check':
      probes.cancel(check);
      return;
    case 'checked':
      journal.ran(check, wall);
      journal.sampled(`check:${check}`, wall, effect.status, effect.latencyMs);
      probes.log(check, effect.kind, effect.status, effect.latencyMs, effect.message);
      return;
    case 'save-check':
      journal.saveCheck(check);
      return;
    case 'drop-check':
      probes.forget(check);
      journal.dropCheck(check);
  }
}
