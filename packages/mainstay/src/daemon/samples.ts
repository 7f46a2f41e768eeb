import type { InstanceId } from '@mainstay/protocol';
import type { CoordinatorEvent, InstanceState, World } from '../core/coordinator/index.ts';
import type { Now, ProcessHost, Usage } from '../ports/index.ts';

/** What an incarnation used at a moment. */
export interface Sample {
  /** UTC ms. */
  at: number;
  /** Bytes. */
  memory: number | null;
  /** CPU time so far, ms. */
  cpu: number | null;
}

const EVERY_MS = 10_000;
/** A minute of samples, with those at its ends. */
const KEPT = 7;
/** Where nothing is measured: so often somebody looks at the clock, at least. */
const RARELY_MS = 60_000;

interface Series {
  incarnation: number;
  oomKills: number;
  samples: Sample[];
}

/** Measures what lives, remembers a minute of it, and tells the decisions what they have to know. */
export class Samples {
  readonly #series = new Map<InstanceId, Series>();
  readonly #processes: ProcessHost;
  readonly #world: () => World;
  readonly #post: (event: CoordinatorEvent) => void;

  constructor(processes: ProcessHost, world: () => World, post: (event: CoordinatorEvent) => void) {
    this.#processes = processes;
    this.#world = world;
    this.#post = post;
  }

  /** How often to measure. */
  get everyMs(): number {
    const { sampling, services } = this.#world().plan;
    return sampling || services.some(({ resources }) => resources.memory !== null) ? EVERY_MS : RARELY_MS;
  }

  /**
   * Measures everything that lives; with `sampling` off in the plan, only those that have a limit of memory. Whether
   * somebody has to be watched more closely.
   */
  take(now: Now): boolean {
    const { instances, plan } = this.#world();
    for (const id of this.#series.keys()) if (!instances.has(id)) this.#series.delete(id);
    let closely = false;
    for (const instance of instances.values()) {
      if (!plan.sampling && instance.plan.resources.memory === null) continue;
      const usage = this.#measure(instance);
      if (usage === null) continue;
      closely ||= isWatched(instance, usage);
      this.#remember(instance, usage, now);
    }
    return closely;
  }

  /** Measures those whose limit of memory nobody else holds. Whether there still are any. */
  watch(): boolean {
    let any = false;
    for (const instance of this.#world().instances.values()) {
      if (instance.plan.resources.memory === null) continue;
      const usage = this.#measure(instance);
      if (usage !== null) any ||= isWatched(instance, usage);
    }
    return any;
  }

  /** The last minute of an incarnation, oldest first. */
  of(instance: InstanceId, incarnation: number): readonly Sample[] {
    const series = this.#series.get(instance);
    return series?.incarnation === incarnation ? series.samples : [];
  }

  #measure(instance: InstanceState): Usage | null {
    const { id, life, plan } = instance;
    if (life.identity === null) return null;
    const usage = this.#processes.usage(id, life.incarnation, plan.resources.memory);
    if (usage !== null && usage.memory !== null && isWatched(instance, usage))
      this.#post({ type: 'measured', instance: id, incarnation: life.incarnation, bytes: usage.memory });
    return usage;
  }

  #remember({ id, life, plan }: InstanceState, usage: Usage, now: Now): void {
    const { incarnation } = life;
    let series = this.#series.get(id);
    if (series?.incarnation !== incarnation) {
      // What an adopted one lost in an earlier daemon's time was told by that daemon.
      series = { incarnation, oomKills: life.adopted ? usage.oomKills : 0, samples: [] };
      this.#series.set(id, series);
    }
    const kills = usage.oomKills - series.oomKills;
    if (kills > 0) {
      series.oomKills = usage.oomKills;
      const limit = usage.held ? plan.resources.memory : null;
      this.#post({ type: 'oom-killed', instance: id, incarnation, kills, limit });
    }
    series.samples.push({ at: now.wall, memory: usage.memory, cpu: usage.cpu });
    if (series.samples.length > KEPT) series.samples.shift();
  }
}

function isWatched({ plan }: InstanceState, { held }: Usage): boolean {
  return plan.resources.memory !== null && !held;
}
