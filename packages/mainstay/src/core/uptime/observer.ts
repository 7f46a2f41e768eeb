import { splitInstanceId, type JournalEvent, type Subject } from '@mainstay/protocol';
import type { World } from '../coordinator/index.ts';
import type { Move } from './moves.ts';
import { checkStanding, serviceStandings, type Stands } from './standing.ts';

type Begin = Extract<Move, { type: 'begin' }>;

/**
 * Watches the decisions of one daemon's life, and says how the intervals change. It begins with what it does not know:
 * the time since the daemon before it.
 */
export class Observer {
  readonly #current = new Map<Subject, Begin>();
  readonly #heard: JournalEvent[] = [];
  /** Checks that have told nothing since the daemon began or woke: their first run is no event. */
  readonly #silent = new Set<string>();
  /** Outages in which an operator asked for something. */
  readonly #helped = new Set<Subject>();
  #begun = false;
  /** A check ran, UTC ms. */
  #ranAt: number | null = null;

  /** An event that was journaled. */
  heard(event: JournalEvent): void {
    this.#heard.push(event);
  }

  /** A check ran. Whether that may change how it stands although nothing is journaled. */
  ran(check: string, at: number): boolean {
    if (!this.#silent.has(check)) return false;
    this.#ranAt = at;
    return true;
  }

  /** What changed since the last look, with the world as the events left it. */
  look(world: World): Move[] {
    const at = Math.max(this.#heard.at(-1)?.at ?? -Infinity, this.#ranAt ?? -Infinity);
    if (at === -Infinity) return [];
    const events = this.#heard.splice(0);
    this.#ranAt = null;
    const moves: Move[] = this.#unseen(events, at);
    const afresh = moves.length > 0;
    const since = new Map<Subject, number>();
    for (const event of events) this.#note(event, world, since, moves);
    const seen = new Set<Subject>();
    for (const [name, stands] of serviceStandings(world)) {
      const subject: Subject = `service:${name}`;
      seen.add(subject);
      this.#step(subject, stands, at, since.get(subject) ?? at, afresh, moves);
    }
    this.#silent.clear();
    for (const [name, watch] of world.checks) {
      const subject: Subject = `check:${name}`;
      seen.add(subject);
      if (watch.state.fresh) this.#silent.add(name);
      this.#step(subject, checkStanding(watch), at, since.get(subject) ?? at, afresh, moves);
    }
    for (const subject of this.#current.keys()) {
      if (seen.has(subject)) continue;
      this.#current.delete(subject);
      moves.push({ type: 'end', subject, from: at });
    }
    return moves;
  }

  /** Time that nobody observed, if there was any: all intervals begin anew after it. */
  #unseen(events: readonly JournalEvent[], at: number): Move[] {
    let from: number | null = Infinity;
    for (const { type, at: then, data } of events) {
      if (type !== 'clock.stepped') continue;
      const { gap_ms: gap, by_ms: by } = data;
      // A clock set forward leaves out what it jumped over; one set back tells the same time once more.
      const missing = typeof gap === 'number' ? gap : Math.max(0, typeof by === 'number' ? by : 0);
      from = Math.min(from, then - missing, at);
    }
    if (!this.#begun) from = null;
    this.#begun = true;
    return from === Infinity ? [] : [{ type: 'unseen', from }];
  }

  #note(event: JournalEvent, world: World, since: Map<Subject, number>, moves: Move[]): void {
    const { type, instance, data, at } = event;
    const subject = subjectOf(event);
    const firstAt = data[type === 'check.state' && isRise(data) ? 'first_good_at' : 'first_at'];
    if (subject !== null && typeof firstAt === 'number') since.set(subject, firstAt);
    if (type === 'plan.applied') for (const each of this.#current.keys()) this.#help(each);
    if (subject === null) return;
    if (type === 'intent.start' || type === 'intent.restart' || type === 'reload.started') this.#help(subject);
    if (type === 'instance.spawned' && instance !== null && world.instances.get(instance)?.life.unasked === true)
      moves.push({ type: 'restart', subject, at });
  }

  #help(subject: Subject): void {
    if (this.#current.get(subject)?.state === 'down') this.#helped.add(subject);
  }

  #step(subject: Subject, stands: Stands, at: number, since: number, afresh: boolean, moves: Move[]): void {
    const before = this.#current.get(subject);
    const { cause } = stands;
    const wasDown = before?.state === 'down';
    const state = stands.state === 'coming' ? (wasDown ? 'down' : 'maintenance') : stands.state;
    const isSame =
      before?.state === state && (state !== 'maintenance' || before.cause === cause || stands.state === 'coming');
    if (isSame && !afresh) return;
    // Dated back to the first of the results that confirm it, but not to before something else was known.
    const isDated = !afresh && before !== undefined && (state === 'up' || state === 'degraded' || state === 'down');
    const from = isDated ? Math.min(at, Math.max(since, before.knownAt)) : at;
    const byOperator = (state === 'up' || state === 'degraded') && this.#helped.has(subject);
    if (state !== 'down') this.#helped.delete(subject);
    const move: Begin = { type: 'begin', subject, state, from, knownAt: at, cause, byOperator };
    this.#current.set(subject, move);
    moves.push(move);
  }
}

/** A check that becomes better: that began with the first good result, not with the last trouble. */
function isRise({ from, to }: JournalEvent['data']): boolean {
  return to === 'pass' || (to === 'warn' && from !== 'pass');
}

function subjectOf({ type, instance, data }: JournalEvent): Subject | null {
  if (instance !== null) return `service:${splitInstanceId(instance).service}`;
  const { check, service } = data;
  if (type === 'check.state' && typeof check === 'string') return `check:${check}`;
  return typeof service === 'string' ? `service:${service}` : null;
}
