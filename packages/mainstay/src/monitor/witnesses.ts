import type { WitnessPlan } from '../core/plan/monitor.ts';
import { startProbe } from '../daemon/probing/index.ts';
import type { Observation } from '../ports/index.ts';
import type { Reach } from './ports.ts';

/** Asks what answers as long as this machine has a network. */
export class Witnesses {
  readonly #plans: readonly WitnessPlan[];
  readonly #reach: Reach;
  readonly #directory: string;
  #current: Promise<boolean> = Promise.resolve(true);
  #next: Promise<boolean> | null = null;
  #blindSince: number | null = null;

  constructor(plans: readonly WitnessPlan[], reach: Reach, directory: string, blindSince: number | null = null) {
    this.#plans = plans;
    this.#reach = reach;
    this.#directory = directory;
    this.#blindSince = plans.length === 0 ? null : blindSince;
  }

  /** Since when no witness has answered, UTC ms; null: the newest question was answered. */
  get blindSince(): number | null {
    return this.#blindSince;
  }

  /** Whether one of them answers a question that is asked after now. Without witnesses the network is taken for granted. */
  see(): Promise<boolean> {
    if (this.#plans.length === 0) return Promise.resolve(true);
    // A question that is on its way already was asked too early.
    this.#next ??= this.#current.then(() => {
      this.#next = null;
      this.#current = this.#ask();
      return this.#current;
    });
    return this.#next;
  }

  async #ask(): Promise<boolean> {
    const observations = await Promise.all(this.#plans.map((plan) => this.#probe(plan)));
    const sees = observations.some(({ status }) => status === 'pass' || status === 'warn');
    this.#blindSince = sees ? null : (this.#blindSince ?? this.#reach.clock.now().wall);
    return sees;
  }

  #probe({ kind, target, timeout }: WitnessPlan): Promise<Observation> {
    const environment = this.#reach.environment();
    const job = { kind, target, timeout, workingDirectory: this.#directory, environment };
    return new Promise((resolve) => {
      startProbe(job, { memory: {}, service: () => null }, this.#reach, resolve);
    });
  }
}
