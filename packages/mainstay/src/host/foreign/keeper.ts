import type { Exit, Identity, InstanceId } from '@mainstay/protocol';
import type { ServicePlan } from '../../core/plan/index.ts';
import type { Clock, Look, Manager, Order, ProcessEvent, Timer } from '../../ports/index.ts';

/** A question that takes longer is not answered. */
const LOOK_MS = 5_000;
/** An order, beyond the time that a stop may take by itself. */
const ORDER_MS = 60_000;
/** What was started and shows nothing by then has failed to start. */
const START_MS = 300_000;
/** One that its manager has restarted by itself counts as running after this long; one that it has restarted often, after that. */
const SETTLED_MS = 10_000;
const OFTEN_SETTLED_MS = 60_000;
const OFTEN = 3;
/** An order that was not taken is given again after this long. */
const ORDER_AGAIN_MS = 5_000;
/** After an order its end is looked for so often, also where nothing tells of it. */
const SOON_MS = 500;

const UNKNOWN_EXIT: Exit = { code: null, signal: null, known: false };

interface Surroundings {
  clock: Clock;
  bootId: string;
  emit(event: ProcessEvent): void;
  /** It was looked at: its lines may be there to be read. */
  looked(look: Look): void;
}

/** What is known of one instance that something else runs, and what is asked of it. Looks only; decides nothing. */
export class Keeper {
  readonly instance: InstanceId;
  readonly name: string;
  readonly service: string;
  readonly manager: Manager;
  readonly #around: Surroundings;
  /** The incarnation that lives, and the manager's life that it is. */
  #current: { incarnation: number; life: string } | null = null;
  /** A start that was asked for and not answered. */
  #pending: { incarnation: number; since: number; lifeBefore: string | null; ordered: boolean } | null = null;
  /** An order about the current incarnation that was not taken yet: what runs it did not answer. */
  #owed: Order | null = null;
  /** When it was given last; Infinity: it is being given. */
  #orderedAt = 0;
  /** Why the newest order was not taken. */
  refused: string | null = null;
  #told: string | null = null;
  #looking = false;
  #again = false;
  #timer: Timer | null = null;
  #closed = false;
  /** The newest look; null: none, or it cannot be seen. */
  last: Look | null = null;

  constructor(instance: InstanceId, service: ServicePlan, name: string, manager: Manager, around: Surroundings) {
    this.instance = instance;
    this.service = service.name;
    this.name = name;
    this.manager = manager;
    this.#around = around;
  }

  /** Whether this incarnation is looked after here. */
  has(incarnation: number): boolean {
    return this.#current?.incarnation === incarnation || this.#pending?.incarnation === incarnation;
  }

  adopt(incarnation: number, identity: Identity): void {
    this.#pending = null;
    this.#current = { incarnation, life: identity.foreign ?? '' };
    void this.look();
  }

  spawn(incarnation: number): void {
    this.#current = null;
    this.#owed = null;
    this.#pending = { incarnation, since: this.#around.clock.now().mono, lifeBefore: null, ordered: false };
    void this.look();
  }

  /** Asks for the end of an incarnation, or for a signal to it. */
  ask(incarnation: number, order: Order): void {
    if (this.#current?.incarnation !== incarnation) return;
    this.#owed = order;
    this.#orderedAt = -Infinity;
    // It may be another life by now: that is looked at first.
    void this.look();
  }

  forget(incarnation: number): void {
    if (this.#current?.incarnation !== incarnation) return;
    this.#current = null;
    this.#owed = null;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  /** Looks, and tells what is new. One look at a time; what is asked for meanwhile follows. */
  async look(): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    try {
      do {
        this.#again = false;
        await this.#lookOnce();
      } while (this.#again && !this.#closed);
    } finally {
      this.#looking = false;
    }
  }

  async #lookOnce(): Promise<void> {
    let look: Look;
    try {
      look = await this.manager.look(this.name, AbortSignal.timeout(LOOK_MS));
    } catch (error) {
      if (!this.#closed) this.#cannotSee((error as Error).message);
      return;
    }
    if (this.#closed) return;
    this.last = look;
    this.#around.looked(look);
    this.#compareCurrent(look);
    if (this.#pending === null) this.#tellSight(look);
    else await this.#comparePending(look);
  }

  #cannotSee(why: string): void {
    this.last = null;
    this.#tell({ is: 'hidden', why }, `hidden ${why}`);
    // That its manager does not answer is not held against it.
    if (this.#pending !== null) this.#pending.since = this.#around.clock.now().mono;
  }

  /** The incarnation that was believed to live: lives it still? */
  #compareCurrent(look: Look): void {
    if (this.#current === null) return;
    const { incarnation, life } = this.#current;
    if (look.is === 'running' && look.life === life) {
      this.#tellRunning(look);
      const since = this.#around.clock.now().mono - this.#orderedAt;
      if (this.#owed !== null && since > ORDER_AGAIN_MS) void this.#order(this.#owed);
      return;
    }
    // Whoever decides about it must know first that it can be seen.
    this.#tell({ is: 'down' }, 'down');
    this.#current = null;
    this.#owed = null;
    this.refused = null;
    this.#told = null;
    const exit = look.exit ?? UNKNOWN_EXIT;
    this.#around.emit({ type: 'exited', instance: this.instance, incarnation, exit, remaining: 0 });
  }

  /** A start was asked for: did it come to something? */
  async #comparePending(look: Look): Promise<void> {
    const pending = this.#pending;
    if (pending === null) return;
    const { clock } = this.#around;
    if (look.is === 'running') {
      const wait = this.#unsettledMs(look, pending.ordered);
      if (wait > 0) return this.#later(wait);
      return this.#started(look);
    }
    if (look.is === 'missing') return this.#failed(look.why, look.hint);
    if (clock.now().mono - pending.since > START_MS) return this.#failed(look.why, look.hint);
    if (look.is === 'between') return this.#later(SOON_MS);
    // It waits to be restarted by its manager, which takes no order to start meanwhile.
    if (!pending.ordered && look.is === 'restarting') {
      if (pending.lifeBefore !== null && pending.lifeBefore !== look.life) return this.#failed(look.why, null);
      pending.lifeBefore = look.life;
      return this.#later(SOON_MS);
    }
    if (!pending.ordered) {
      pending.ordered = true;
      pending.lifeBefore = look.life;
      const refused = await this.#give({ do: 'start' });
      if (refused !== null) return this.#pending === pending ? this.#failed(refused, null) : undefined;
      this.#again = true;
      return;
    }
    if (look.life === pending.lifeBefore || look.life === '') return this.#failed(look.why, look.hint);
    // It lived, however shortly.
    this.#started(look);
    this.#compareCurrent(look);
  }

  #started(look: Look): void {
    const { incarnation } = this.#pending ?? { incarnation: 0 };
    this.#pending = null;
    this.#current = { incarnation, life: look.life };
    this.#told = `running ${look.life}`;
    this.#around.emit({ type: 'spawned', instance: this.instance, incarnation, identity: this.#identity(look) });
  }

  #failed(why: string, hint: string | null): void {
    if (this.#pending === null) return;
    const { incarnation } = this.#pending;
    this.#pending = null;
    this.#told = null;
    const message = `cannot start ${this.service}: ${this.manager.label}: ${this.name}: ${why}`;
    const failure = { reason: 'other', message, hint };
    this.#around.emit({ type: 'spawn-failed', instance: this.instance, incarnation, failure });
  }

  #tellSight(look: Look): void {
    if (look.is === 'running') this.#tellRunning(look);
    else if (look.is === 'between') this.#later(SOON_MS);
    else {
      this.#tell({ is: 'down' }, 'down');
    }
  }

  #tellRunning(look: Look): void {
    const isCurrent = look.life === this.#current?.life;
    const wait = isCurrent ? 0 : this.#unsettledMs(look, false);
    if (wait > 0) {
      this.#tell({ is: 'down' }, 'down');
      this.#later(wait);
      return;
    }
    const seen = { is: 'running' as const, identity: this.#identity(look), startedAt: look.startedAt };
    this.#tell(seen, `running ${look.life}`);
  }

  /** One that is restarted again and again is not up because it runs at this moment. */
  #unsettledMs({ restarts, startedAt }: Look, ordered: boolean): number {
    if (restarts === 0 || (ordered && restarts < OFTEN)) return 0;
    const needed = restarts >= OFTEN ? OFTEN_SETTLED_MS : SETTLED_MS;
    return Math.max(0, startedAt + needed - this.#around.clock.now().wall);
  }

  #tell(seen: Extract<ProcessEvent, { type: 'sighted' }>['seen'], as: string): void {
    if (this.#told === as) return;
    this.#told = as;
    this.#around.emit({ type: 'sighted', instance: this.instance, seen });
  }

  #identity({ life, pid }: Look): Identity {
    return { bootId: this.#around.bootId, pid, startTime: '', foreign: life };
  }

  async #order(order: Order): Promise<void> {
    this.#orderedAt = Infinity;
    this.refused = await this.#give(order);
    this.#orderedAt = this.#around.clock.now().mono;
    if (this.#owed === order && this.refused === null) this.#owed = null;
    if (this.#current !== null) this.#later(SOON_MS);
    await this.look();
  }

  /** Gives an order; why it was not taken, or null. */
  async #give(order: Order): Promise<string | null> {
    const grace = order.do === 'stop' ? order.graceMs : 0;
    try {
      await this.manager.order(this.name, order, AbortSignal.timeout(ORDER_MS + grace));
      return null;
    } catch (error) {
      return (error as Error).name === 'TimeoutError' ? 'it was not done in time' : (error as Error).message;
    }
  }

  #later(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#around.clock.after(ms, () => void this.look());
  }
}
