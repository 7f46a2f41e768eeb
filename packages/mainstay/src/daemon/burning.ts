import type { Standing, StandingInterval } from '@mainstay/protocol';
import type { Sight } from '../core/alert/index.ts';
import type { World } from '../core/coordinator/index.ts';
import {
  Downtime,
  LONGEST_WINDOW,
  TIERS,
  askedOf,
  burningTiers,
  limitOf,
  nextBurnLook,
  type DownWithin,
  type TierName,
} from '../core/objective/index.ts';
import type { Move } from '../core/uptime/index.ts';
import type { Clock, Timer } from '../ports/index.ts';
import type { Journal } from './journal.ts';

/** The fact that holds which budgets burn. */
const FACT = 'objectives';
const KEEP_MS = LONGEST_WINDOW;

/** A budget that burns. Plain JSON: stored as it is. */
interface Burning {
  tiers: TierName[];
  /** UTC ms. */
  since: number;
  cause: string;
}

interface Watched {
  down: Downtime;
  state: Standing | null;
  /** Whoever is to know was told of what burned it: the alert of the service itself, or that of what broke it. */
  isTold: boolean;
}

/** Looks how fast the error budgets of services are used up, from the intervals of what was down. */
export class BudgetDesk {
  readonly #watched = new Map<string, Watched>();
  #burning: Record<string, Burning>;
  #timer: Timer | null = null;
  readonly #clock: Clock;
  readonly #world: () => World;
  readonly #journal: Journal;
  readonly #changed: () => void;

  /** @param changed called when a budget begins or ceases to burn */
  constructor(
    clock: Clock,
    world: () => World,
    journal: Journal,
    facts: Readonly<Record<string, string>>,
    changed: () => void,
  ) {
    this.#clock = clock;
    this.#world = world;
    this.#journal = journal;
    this.#burning = JSON.parse(facts[FACT] ?? '{}') as Record<string, Burning>;
    this.#changed = changed;
  }

  /** How services stood before the daemon, or this desk, began. */
  take(intervals: readonly StandingInterval[]): void {
    for (const { subject, state, from, to } of intervals) {
      if (!subject.startsWith('service:') || (state !== 'down' && to !== null)) continue;
      const one = this.#of(subject);
      this.#set(one, from, state);
      if (to !== null) this.#set(one, to, null);
    }
  }

  /** How intervals change. `from` of an `unseen` is never null here. */
  moved(moves: readonly Move[]): void {
    for (const move of moves) {
      if (move.type === 'unseen') for (const one of this.#watched.values()) this.#set(one, move.from ?? 0, 'unknown');
      else if (move.type !== 'restart' && move.subject.startsWith('service:')) {
        this.#set(this.#of(move.subject), move.from, move.type === 'begin' ? move.state : null);
      }
    }
    this.look();
  }

  /** Which budgets burn now; and when to look again. */
  look(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const { wall } = this.#clock.now();
    const burning: Record<string, Burning> = {};
    let next: number | null = null;
    for (const [name, uptime] of this.#asked()) {
      const one = this.#of(`service:${name}`);
      const before = this.#burning[name] ?? null;
      if (one.down.isEmpty && before === null) continue;
      const within: DownWithin = (span) => one.down.within(span, wall);
      const isUp = one.state === 'up' || one.state === 'degraded';
      const tiers = burningTiers(before?.tiers ?? [], within, uptime, isUp);
      this.#tell(name, before, tiers, uptime, within);
      if (tiers.length > 0) burning[name] = this.#kept(before, tiers, uptime, within);
      else one.isTold = false;
      const wait = nextBurnLook(tiers, within, uptime, one.state === 'down' ? 'down' : isUp ? 'up' : 'other');
      if (wait !== null) next = Math.min(next ?? Infinity, wait);
    }
    if (next !== null) this.#timer = this.#clock.after(next, () => this.look());
    const text = JSON.stringify(burning);
    if (text === JSON.stringify(this.#burning)) return;
    this.#burning = burning;
    this.#journal.fact(FACT, text);
    this.#changed();
  }

  /** Adds what is seen of budgets to what is seen of everything else. */
  addSights(sights: Map<string, Sight>): void {
    const { services, incidents } = this.#world();
    for (const [name] of this.#asked()) {
      const one = this.#of(`service:${name}`);
      const burning = this.#burning[name];
      const cause = incidents.open.find(({ involved }) => involved.some((other) => other.name === name))?.cause ?? name;
      const isTrouble = (key: string): boolean => typeof (sights.get(key) ?? 'well') !== 'string';
      if (isTrouble(`service/${cause}`) || isTrouble(`check/${cause}`)) one.isTold = true;
      if (burning === undefined) {
        sights.set(`objective/${name}`, one.state === 'up' || one.state === 'degraded' ? 'well' : 'unsure');
      } else if (one.isTold) {
        sights.set(`objective/${name}`, 'unsure');
      } else {
        const { owner, runbook } = services.get(name)?.plan ?? { owner: null, runbook: null };
        const isCritical = TIERS.some((tier) => burning.tiers.includes(tier.name) && tier.severity === 'critical');
        sights.set(`objective/${name}`, {
          severity: isCritical ? 'critical' : 'warning',
          subject: name,
          cause: burning.cause,
          since: burning.since,
          action: null,
          affected: [],
          owner,
          runbook,
          except: null,
        });
      }
    }
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** The uptime that is wanted of each service. All of the time leaves no budget, and none can burn. */
  #asked(): Map<string, number> {
    const { services, plan } = this.#world();
    const asked = new Map<string, number>();
    for (const [name, service] of services) {
      const uptime = askedOf(plan.objective, service.plan.objective)?.uptime ?? null;
      if (service.plan.type === 'service' && uptime !== null && uptime < 1) asked.set(name, uptime);
    }
    return asked;
  }

  #of(subject: string): Watched {
    const name = subject.slice('service:'.length);
    const known = this.#watched.get(name);
    if (known !== undefined) return known;
    const watched: Watched = { down: new Downtime(KEEP_MS), state: null, isTold: false };
    this.#watched.set(name, watched);
    return watched;
  }

  #set(one: Watched, from: number, state: Standing | null): void {
    one.down.set(from, state === 'down');
    // What burns from now on, nobody was told of yet.
    if (state === 'down' && one.state !== 'down') one.isTold = false;
    one.state = state;
  }

  #kept(before: Burning | null, tiers: TierName[], uptime: number, within: DownWithin): Burning {
    const isSame = before !== null && before.tiers.join() === tiers.join();
    if (isSame) return before;
    const cause = causeOf(tiers, uptime, within);
    return { tiers, since: before?.since ?? this.#clock.now().wall, cause };
  }

  #tell(name: string, before: Burning | null, tiers: TierName[], uptime: number, within: DownWithin): void {
    const isNew = tiers.some((tier) => before?.tiers.includes(tier) !== true);
    if (!isNew && (before === null || tiers.length > 0)) return;
    const { wall } = this.#clock.now();
    const type = isNew ? 'objective.burning' : 'objective.steady';
    const message = `${name}: ${isNew ? causeOf(tiers, uptime, within) : 'its error budget lasts again'}`;
    const data = { service: name, uptime, tiers };
    this.#journal.record({ type, instance: null, incarnation: null, message, data }, wall);
  }
}

const HOURS = 3_600_000;

/** By the fastest tier: the others follow from it. */
function causeOf(tiers: readonly TierName[], uptime: number, within: DownWithin): string {
  const tier = TIERS.find(({ name }) => tiers.includes(name));
  if (tier === undefined) return '';
  const down = within(tier.long);
  const rate = (tier.rate * down) / limitOf(tier, tier.long, uptime);
  const wanted = Number((uptime * 100).toFixed(6));
  const hours = tier.long / HOURS;
  const window = hours === 1 ? 'hour' : `${hours} h`;
  return `down ${Math.round(down / 1000)} s of the last ${window}: ${rate.toFixed(1)} times what an uptime of ${wanted} % allows`;
}
