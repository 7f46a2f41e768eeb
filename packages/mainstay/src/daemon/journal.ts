import type { Desired, InstanceId, JournalEvent, ObservationStatus, Subject } from '@mainstay/protocol';
import type { InstanceState, StoredCheck, World } from '../core/coordinator/index.ts';
import type { Recorded } from '../core/coordinator/index.ts';
import type { Window } from '../core/maintenance/index.ts';
import { completeService, type Plan } from '../core/plan/index.ts';
import { SamplePacker } from '../core/results/index.ts';
import { Observer, type Move } from '../core/uptime/index.ts';
import type { Roll } from '../core/rolling/index.ts';
import type { InstanceRow, Store, StoreBatch } from '../ports/index.ts';
import type { LineSink } from './ports.ts';

const ROLLS = 'rolls';
const INCIDENTS = 'incidents';

/** The rolling reloads among stored facts. */
export function storedRolls(facts: Readonly<Record<string, string>>): Roll[] {
  const rolls = JSON.parse(facts[ROLLS] ?? '[]') as Roll[];
  return rolls.map((roll) => ({ ...roll, from: completeService(roll.from), to: completeService(roll.to) }));
}

/** The open incidents among stored facts; null: none were ever stored. */
export function storedIncidents(facts: Readonly<Record<string, string>>): World['incidents'] | null {
  const text = facts[INCIDENTS];
  return text === undefined ? null : (JSON.parse(text) as World['incidents']);
}

/** What is stored of an instance, beside what the store itself looks at. */
export interface StoredInstance {
  life: InstanceState['life'];
  health: InstanceState['health'];
  remedy?: InstanceState['remedy'];
}

/** The fact that holds the last sign of life, UTC ms. */
const ALIVE = 'alive';
/** Where nothing else is written, a sign of life is left this often. */
const ALIVE_MS = 60_000;
/** Results wait so long for the next sign of life, with which they are written. */
const SAMPLES_MS = 50_000;

/** Facts of this kind hold a check each; empty when the check is gone. */
const CHECK_FACT = 'check:';

/** The checks among the facts that were stored. */
export function storedChecks(facts: Readonly<Record<string, string>>): StoredCheck[] {
  const seen = facts[ALIVE] === undefined ? null : Number(facts[ALIVE]);
  return Object.entries(facts).flatMap(([key, value]) =>
    key.startsWith(CHECK_FACT) && value !== '' ? [{ ...(JSON.parse(value) as StoredCheck), seen }] : [],
  );
}

/**
 * Gathers what one turn of the loop changed and hands it to the store as one batch. Nobody waits for
 * it but an operator whose intent must be on the disk before it is confirmed.
 */
export class Journal {
  #batch: StoreBatch = emptyBatch();
  #dirty = new Set<InstanceId>();
  #dirtyChecks = new Set<string>();
  #dirtyIncidents = false;
  readonly #observer = new Observer();
  readonly #samples = new SamplePacker();
  #isSampleDue = false;
  #seq: number;
  #any = false;
  /** When the last sign of life was written, UTC ms. */
  #alive = -Infinity;
  /** What was handed over last: batches are written in order, so everything before it is, too. */
  #written: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<(event: JournalEvent) => void>();
  readonly #moveListeners: ((moves: readonly Move[]) => void)[] = [];
  readonly #store: Store;
  readonly #events: LineSink;
  readonly #world: () => World;

  /** @param lastSeq position of the newest stored event */
  constructor(store: Store, events: LineSink, lastSeq: number, world: () => World) {
    this.#store = store;
    this.#events = events;
    this.#seq = lastSeq;
    this.#world = world;
  }

  /** Position of the newest event, stored or not. */
  get seq(): number {
    return this.#seq;
  }

  record(event: Recorded, wall: number): void {
    this.#seq += 1;
    const stamped: JournalEvent = { seq: this.#seq, at: wall, ...event };
    this.#batch.events.push(stamped);
    this.#any = true;
    this.#observer.heard(stamped);
    this.#events.write(`${new Date(wall).toISOString()} ${event.type} ${event.message}`);
    for (const listener of this.#listeners) listener(stamped);
  }

  save(id: InstanceId): void {
    this.#dirty.add(id);
    this.#any = true;
  }

  remove(id: InstanceId): void {
    this.#dirty.delete(id);
    this.#batch.removedInstances.push(id);
    this.#any = true;
  }

  intent(service: string, desired: Desired): void {
    this.#batch.intents[service] = desired;
    this.#batch.durable = true;
    this.#any = true;
  }

  saveWindow({ id, services, reason, owner, from, until }: Window): void {
    this.#batch.maintenance.put.push({ id, services: [...services], reason, owner, from, until });
    this.#batch.durable = true;
    this.#any = true;
  }

  dropWindow(id: string): void {
    this.#batch.maintenance.remove.push(id);
    this.#batch.durable = true;
    this.#any = true;
  }

  plan(plan: Plan): void {
    this.#batch.plan = plan;
    this.#batch.durable = true;
    this.#any = true;
  }

  fact(key: string, value: string, durable = false): void {
    this.#batch.facts[key] = value;
    this.#batch.durable ||= durable;
    this.#any = true;
  }

  /** Rolling reloads that are under way: what another daemon goes on with. */
  rolls(rolls: readonly Roll[]): void {
    this.fact(ROLLS, JSON.stringify(rolls), true);
  }

  saveCheck(name: string): void {
    this.#dirtyChecks.add(name);
    this.#any = true;
  }

  saveIncidents(): void {
    this.#dirtyIncidents = true;
    this.#any = true;
  }

  dropCheck(name: string): void {
    this.#dirtyChecks.delete(name);
    this.fact(`${CHECK_FACT}${name}`, '');
  }

  /** A check ran: how it stands may be known from now on. */
  ran(check: string, wall: number): void {
    if (this.#observer.ran(check, wall)) this.#any = true;
  }

  /** What a run of a check, or of the healthcheck of a service, came to. */
  sampled(subject: Subject, wall: number, status: ObservationStatus, latencyMs: number): void {
    this.#samples.add(subject, wall, status, latencyMs);
    if (this.#samples.isFull) this.keepSamples();
  }

  /** Results go with the next commit; else they wait up to a minute, so that many share a page of the disk. */
  keepSamples(): void {
    if (this.#samples.since === null) return;
    this.#isSampleDue = true;
    this.#any = true;
  }

  /** The daemon lives: once a minute this is written down, and what came of checks with it. */
  lives(wall: number): void {
    this.#sign(wall, ALIVE_MS);
    const { since } = this.#samples;
    if (since === null || Math.abs(wall - since) < SAMPLES_MS) return;
    this.keepSamples();
    this.#sign(wall, 0);
  }

  /**
   * What is not written within `everyMs` of the sign of life before is left out: after the daemon's death, what came after
   * the last one was not observed.
   */
  #sign(wall: number, everyMs: number): void {
    if (Math.abs(wall - this.#alive) < everyMs) return;
    this.#alive = wall;
    this.fact(ALIVE, String(wall));
  }

  /** Follows the events as they happen; returns how to stop. */
  listen(listener: (event: JournalEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Follows how intervals change; what a listener records goes with the same batch. */
  onMoves(listener: (moves: readonly Move[]) => void): void {
    this.#moveListeners.push(listener);
  }

  /** Resolves when everything that was handed over so far is written. */
  get written(): Promise<void> {
    return this.#written;
  }

  /** Hands over what was gathered. Resolves when it, and all before it, is written; rejects when it never will be. */
  commit(): Promise<void> {
    if (!this.#any) return this.#written;
    const batch = this.#batch;
    batch.moves = this.#observer.look(this.#world());
    for (const listener of this.#moveListeners) listener(batch.moves);
    const newest = batch.events.at(-1);
    if (newest !== undefined) this.#sign(newest.at, 0);
    if (this.#isSampleDue) batch.samples = this.#samples.take();
    this.#isSampleDue = false;
    for (const id of this.#dirty) {
      const instance = this.#world().instances.get(id);
      if (instance !== undefined) batch.instances.push(rowOf(instance));
    }
    for (const name of this.#dirtyChecks) {
      const check = this.#world().checks.get(name);
      if (check === undefined) continue;
      const { state, over, last, remedy, beat } = check;
      batch.facts[`${CHECK_FACT}${name}`] = JSON.stringify({
        name,
        state,
        over,
        last,
        remedy,
        ...(beat !== undefined && { beat }),
      } satisfies StoredCheck);
    }
    if (this.#dirtyIncidents) batch.facts[INCIDENTS] = JSON.stringify(this.#world().incidents);
    this.#dirtyIncidents = false;
    this.#batch = emptyBatch();
    this.#dirty = new Set();
    this.#dirtyChecks = new Set();
    this.#any = false;
    this.#written = this.#store.write(batch);
    return this.#written;
  }
}

function rowOf({ id, life, health, remedy }: InstanceState): InstanceRow {
  const state: StoredInstance = { life, health, remedy };
  return { instance: id, incarnation: life.incarnation, identity: life.identity, state };
}

/** A batch that changes nothing. */
export function emptyBatch(): StoreBatch {
  return {
    events: [],
    instances: [],
    removedInstances: [],
    intents: {},
    maintenance: { put: [], remove: [] },
    plan: null,
    moves: [],
    samples: [],
    facts: {},
    durable: false,
  };
}
