import type { CoordinatorEvent } from '../core/coordinator/index.ts';
import type { Daemon } from '../daemon/daemon.ts';
import type { Simulation } from './simulation.ts';

/**
 * What the daemon hears: it may die in any event it takes in, also one that a promise brings. Standing still, it takes
 * none, and hears them later in the order in which they came: of a start before its end.
 */
export function hearLate(sim: Simulation, daemon: Daemon): void {
  const post = daemon.post.bind(daemon);
  const unheard: CoordinatorEvent[] = [];
  const hear = (): void => {
    const still = sim.invariants.deafUntil - sim.clock.mono;
    if (still > 0) {
      sim.clock.at(still, hear);
      return;
    }
    for (let event = unheard.shift(); event !== undefined && sim.daemon === daemon; event = unheard.shift()) {
      const heard = event;
      sim.guard(() => post(heard));
    }
  };
  daemon.post = (event) => {
    if (sim.daemon !== daemon) return;
    const waits = unheard.length > 0;
    unheard.push(event);
    if (!waits) hear();
  };
}
