import type { CoordinatorEvent } from '../core/coordinator/index.ts';
import type { Plan } from '../core/plan/index.ts';
import type { Clock, Timer } from '../ports/index.ts';
import type { NextDue } from './ports.ts';

/** The longest sleep before the wall clock is looked at again: it may have been set meanwhile. */
const LONGEST_SLEEP_MS = 60_000;

interface Entry {
  expression: string;
  due: number | null;
  fire: (due: number) => CoordinatorEvent;
  /** How long after it was due it still makes sense, in ms: what was slept through is not made up for. */
  within: number;
}

/** Planned restarts and recurring maintenance, by the wall clock. */
export class Schedule {
  #entries: Entry[] = [];
  #timer: Timer | null = null;
  readonly #clock: Clock;
  readonly #nextDue: NextDue;
  readonly #post: (event: CoordinatorEvent) => void;

  constructor(clock: Clock, nextDue: NextDue, post: (event: CoordinatorEvent) => void) {
    this.#clock = clock;
    this.#nextDue = nextDue;
    this.#post = post;
  }

  /** Takes the schedules of a plan; a window that is open at this moment is opened. */
  load(plan: Plan): void {
    this.stop();
    const { wall } = this.#clock.now();
    this.#entries = [];
    for (const service of plan.services) {
      if (service.scheduledRestart === null) continue;
      this.#add(service.scheduledRestart, wall, 60_000, () => ({
        type: 'restart',
        services: [service.name],
        reason: 'planned restart',
        planned: true,
      }));
    }
    plan.maintenance.forEach((window, index) => {
      // From one duration ago, so that a window that began before this daemon did is found.
      this.#add(window.every, wall - window.duration, window.duration, (due) => ({
        type: 'maintain',
        window: {
          id: `schedule-${index}-${due}`,
          services: window.services,
          reason: window.reason,
          owner: 'mainstay.yaml',
          from: due,
          until: due + window.duration,
          source: 'schedule',
        },
      }));
    });
    this.#run();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #add(expression: string, from: number, within: number, fire: Entry['fire']): void {
    this.#entries.push({ expression, due: this.#nextDue(expression, from), within, fire });
  }

  #run(): void {
    const { wall } = this.#clock.now();
    let sleep = LONGEST_SLEEP_MS;
    for (const entry of this.#entries) {
      while (entry.due !== null && entry.due <= wall) {
        if (wall - entry.due < entry.within) this.#post(entry.fire(entry.due));
        entry.due = this.#nextDue(entry.expression, Math.max(entry.due, wall - entry.within));
      }
      if (entry.due !== null) sleep = Math.min(sleep, entry.due - wall);
    }
    if (this.#entries.length > 0) this.#timer = this.#clock.after(sleep, () => this.#run());
  }
}
