import type { Sight, Sights } from '../core/alert/types.ts';
import { isUnsettled } from '../core/check/unsettled.ts';
import type { World } from '../core/coordinator/index.ts';
import type { MonitorPlan, PeerPlan } from '../core/plan/monitor.ts';
import {
  agreementOf,
  heard,
  isBad,
  missed,
  newPeer,
  nextClaim,
  opinionOf,
  sightOf,
  standingOf,
  wantsAnswer,
  type Agreement,
  type Ballot,
  type Ballots,
  type Claim,
  type Opinion,
  type Peer,
  type PeerBallot,
} from '../core/quorum/index.ts';
import { expand } from '../core/template/index.ts';
import type { Now, Timer } from '../ports/index.ts';
import type { Reach } from './ports.ts';

/** Pause between two rounds of questions while something is in doubt, at most, ms. */
const ROUND_MS = 10_000;
/** Who alone sees something down for this long says so, as a warning, ms. */
const ALONE_MS = 30 * 60_000;

const peerSubject = (id: string): string => `monitor ${id}`;

interface Hooks {
  world: () => World;
  /** Whether this machine has a network now. */
  sees: () => Promise<boolean>;
  /** Claims or agreements may be others. */
  changed: () => void;
  note: (text: string) => void;
}

/** Asks the other monitors, and says who tells people of what. Without others it says what this one sees. */
export class Quorum {
  readonly #plan: MonitorPlan;
  readonly #reach: Reach;
  readonly #hooks: Hooks;
  readonly #peers: Map<string, Peer>;
  readonly #claims = new Map<string, Claim>();
  /** Since when this one sees a subject down and the others do not. */
  readonly #alone = new Map<string, Now>();
  /** Who told of a subject before, and fell silent. */
  readonly #takenFrom = new Map<string, string>();
  #timer: Timer | null = null;
  #dueAt = Infinity;
  #isAsking = false;
  #lastRound = -Infinity;
  #isStopped = false;

  /** @param told sources of the alerts that are open: people were told of them by this monitor */
  constructor(plan: MonitorPlan, reach: Reach, told: readonly string[], hooks: Hooks) {
    this.#plan = plan;
    this.#reach = reach;
    this.#hooks = hooks;
    this.#peers = new Map(plan.peers.map(({ id }) => [id, newPeer(id)]));
    for (const source of told) {
      const [kind, name = ''] = source.split('/', 2);
      if (kind === 'check') this.#claims.set(name, 'held');
      else if (kind === 'peer') this.#claims.set(peerSubject(name), 'held');
    }
  }

  /** The others, as they are known. */
  get peers(): Peer[] {
    return [...this.#peers.values()];
  }

  /** What this monitor answers the others. */
  get ballots(): Ballots {
    const names = this.#subjects();
    return Object.fromEntries(
      names.map((name) => [name, { opinion: this.#opinion(name), claim: this.#claims.get(name) ?? 'none' }]),
    );
  }

  /** Asks soon while something is in doubt, else once in an interval. To be called after whatever may have changed that. */
  stir(): void {
    if (this.#peers.size === 0 || this.#isStopped || this.#isAsking) return;
    const now = this.#reach.clock.now().mono;
    const due = Math.max(now, this.#lastRound + this.#pause());
    if (due >= this.#dueAt && this.#timer !== null) return;
    this.#timer?.cancel();
    this.#dueAt = due;
    this.#timer = this.#reach.clock.after(due - now, () => void this.#round());
  }

  #pause(): number {
    const { interval, recheck } = this.#plan;
    return this.#isInDoubt() ? Math.min(ROUND_MS, recheck) : interval;
  }

  /** Nobody observed what the others said meanwhile. */
  forget(): void {
    for (const id of this.#peers.keys()) this.#peers.set(id, newPeer(id));
    for (const [name, claim] of this.#claims) if (claim === 'wanted') this.#claims.set(name, 'none');
    this.#lastRound = -Infinity;
    this.stir();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** What people are told of, from what this monitor sees. */
  agreed(own: Sights): Sights {
    if (this.#peers.size === 0) return own;
    const all = new Map(own);
    for (const name of this.#subjects()) {
      const source = this.#sourceOf(name);
      const sight = own.get(source) ?? this.#sightOfPeer(name);
      const claim = this.#claims.get(name) ?? 'none';
      all.set(source, this.#explained(name, sightOf(sight, claim, this.#agreement(name))));
      all.set(`alone/${name}`, this.#sightAlone(name, sight));
    }
    return all;
  }

  async #round(): Promise<void> {
    this.#isAsking = true;
    this.#timer = null;
    const about = this.#inDoubt();
    const fresh = new Set<string>();
    await Promise.all(
      this.#plan.peers.map(async (peer) => {
        const ballots = await this.#ask(peer, about);
        if (ballots !== null) fresh.add(peer.id);
      }),
    );
    this.#isAsking = false;
    if (this.#isStopped) return;
    this.#lastRound = this.#reach.clock.now().mono;
    for (const name of this.#subjects()) this.#claim(name, fresh);
    this.#hooks.changed();
    this.stir();
  }

  async #ask({ id, url }: PeerPlan, about: readonly string[]): Promise<Ballots | null> {
    const { lookup } = this.#reach.environment();
    const question = {
      url: expand(url, lookup).value,
      key: expand(this.#plan.key ?? '', lookup).value,
      from: this.#plan.id,
      about,
    };
    const answer = await this.#reach.ask(question);
    // Without a network of one's own nobody answers, and nobody is to blame.
    if ('why' in answer && !(await this.#hooks.sees())) return null;
    const before = this.#peers.get(id) ?? newPeer(id);
    const now = this.#reach.clock.now();
    const after = 'ballots' in answer ? heard(before, answer.ballots) : missed(before, now);
    this.#peers.set(id, after);
    if (standingOf(before) !== standingOf(after)) {
      const why = 'why' in answer ? `: ${answer.why}` : '';
      this.#hooks.note(`monitor ${id} is ${standingOf(after)}${why}`);
    }
    return 'ballots' in answer ? answer.ballots : null;
  }

  #claim(name: string, fresh: ReadonlySet<string>): void {
    const own = { opinion: this.#opinion(name), claim: this.#claims.get(name) ?? 'none' };
    const claim = nextClaim(this.#plan.id, own, this.#ballotsOf(name, fresh));
    if (claim === own.claim) return;
    this.#claims.set(name, claim);
    if (claim === 'none') this.#takenFrom.delete(name);
    if (claim === 'none' && own.claim === 'wanted') return;
    if (claim === 'held') {
      const silent = this.peers.find((peer) => standingOf(peer) === 'silent' && peer.ballots[name]?.claim === 'held');
      if (silent !== undefined) this.#takenFrom.set(name, silent.id);
    }
    const words: Record<Claim, string> = {
      none: 'people are no longer told by this monitor',
      wanted: `it is ${this.#agreement(name)} for more than half`,
      held: 'this monitor tells people',
    };
    this.#hooks.note(`${name}: ${words[claim]}`);
  }

  /** What the others say of a subject; those that are silent say nothing. A monitor has no say in whether it is silent itself. */
  #ballotsOf(name: string, fresh: ReadonlySet<string>): PeerBallot[] {
    return this.peers.flatMap((peer): PeerBallot[] => {
      const { id, ballots } = peer;
      if (standingOf(peer) === 'silent' || name === peerSubject(id)) return [];
      const ballot: Ballot | undefined = Object.hasOwn(ballots, name) ? ballots[name] : undefined;
      return [{ id, opinion: ballot?.opinion ?? 'none', claim: ballot?.claim ?? 'none', isFresh: fresh.has(id) }];
    });
  }

  #agreement(name: string): Agreement {
    const others = this.#ballotsOf(name, new Set()).map(({ opinion }) => opinion);
    return agreementOf([this.#opinion(name), ...others]);
  }

  #opinion(name: string): Opinion {
    const watch = this.#hooks.world().checks.get(name);
    if (watch !== undefined) return opinionOf(watch.state);
    const peer = this.peers.find(({ id }) => peerSubject(id) === name);
    const standing = peer === undefined ? 'new' : standingOf(peer);
    if (standing === 'present') return 'up';
    return standing === 'silent' ? 'warn' : 'none';
  }

  #subjects(): string[] {
    return [...this.#hooks.world().checks.keys(), ...[...this.#peers.keys()].map(peerSubject)];
  }

  #inDoubt(): string[] {
    const { checks } = this.#hooks.world();
    return this.#subjects().filter((name) => {
      const watch = checks.get(name);
      if (watch !== undefined && isUnsettled(watch.state) && watch.state.name !== 'pending') return true;
      return isBad(this.#opinion(name)) || (this.#claims.get(name) ?? 'none') !== 'none';
    });
  }

  #isInDoubt(): boolean {
    return this.peers.some(wantsAnswer) || this.#inDoubt().length > 0;
  }

  #sourceOf(name: string): string {
    const peer = this.peers.find(({ id }) => peerSubject(id) === name);
    return peer === undefined ? `check/${name}` : `peer/${peer.id}`;
  }

  #sightOfPeer(name: string): Sight {
    const opinion = this.#opinion(name);
    if (!isBad(opinion)) return opinion === 'up' ? 'well' : 'unsure';
    const since = this.peers.find(({ id }) => peerSubject(id) === name)?.missedAt?.wall;
    return warning(name, 'it does not answer the other monitors', since ?? this.#reach.clock.now().wall);
  }

  #explained(name: string, sight: Sight): Sight {
    const before = this.#takenFrom.get(name);
    if (before === undefined || typeof sight === 'string') return sight;
    return { ...sight, cause: `${sight.cause} (monitor ${before} told of it, and is silent now)` };
  }

  /** Seen from here alone, for a long time: people want to know, and it is no outage. */
  #sightAlone(name: string, own: Sight): Sight {
    const agreement = this.#agreement(name);
    const now = this.#reach.clock.now();
    if (typeof own === 'string' || isBad(agreement) || agreement === 'none') {
      this.#alone.delete(name);
      return 'well';
    }
    const since = this.#alone.get(name) ?? now;
    this.#alone.set(name, since);
    if (now.mono - since.mono < ALONE_MS) return 'well';
    return warning(name, `only monitor ${this.#plan.id} sees it: ${own.cause}`, own.since);
  }
}

function warning(subject: string, cause: string, since: number): Sight {
  const nothing = { action: null, affected: [], owner: null, runbook: null, except: null };
  return { severity: 'warning', subject, cause, since, ...nothing };
}
