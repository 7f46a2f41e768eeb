import type { Desired, InstanceId, JournalEvent } from '@mainstay/protocol';
import type { InstanceState, StoredCheck, World } from '../core/coordinator/index.ts';
import type { Recorded } from '../core/coordinator/index.ts';
import type { Window } from '../core/maintenance/index.ts';
import { completeService, type Plan } from '../core/plan/index.ts';
import { Observer } from '../core/uptime/index.ts';
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
}

/** The fact that holds the last sign of life, UTC ms. */
const ALIVE = 'alive';
/** Where nothing else is written, a sign of life is left this often. */
const ALIVE_MS = 60_000;

/** Facts of this kind hold a check each; empty when the check is gone. */
const CHECK_FACT = 'check:';

/** The checks among the facts that were stored. */
export function storedChecks(facts: Readonly<Record<string, string>>): StoredCheck[] {
  return Object.entries(facts).flatMap(([key, value]) =>
    key.startsWith(CHECK_FACT) && value !== '' ? [JSON.parse(value) as StoredCheck] : [],
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
  #seq: number;
  #any = false;
  /** When the last sign of life was written, UTC ms. */
  #alive = -Infinity;
  /** What was handed over last: batches are written in order, so everything before it is, too. */
  #written: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<(event: JournalEvent) => void>();
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

  /**
   * The daemon lives. What is not written within `everyMs` of the sign of life before is left out: after the daemon's death,
   * what came after the last one was not observed.
   */
  alive(wall: number, everyMs = ALIVE_MS): void {
    if (Math.abs(wall - this.#alive) < everyMs) return;
    this.#alive = wall;
    this.fact(ALIVE, String(wall));
  }

  /** Follows the events as they happen; returns how to stop. */
  listen(listener: (event: JournalEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hands over what was gathered. Resolves when it, and all before it, is written; rejects when it never will be. */
  commit(): Promise<void> {
    if (!this.#any) return this.#written;
    const batch = this.#batch;
    batch.moves = this.#observer.look(this.#world());
    const newest = batch.events.at(-1);
    if (newest !== undefined) this.alive(newest.at, 0);
    for (const id of this.#dirty) {
      const instance = this.#world().instances.get(id);
      if (instance !== undefined) batch.instances.push(rowOf(instance));
    }
    for (const name of this.#dirtyChecks) {
      const check = this.#world().checks.get(name);
      if (check === undefined) continue;
      const { state, over, last } = check;
      batch.facts[`${CHECK_FACT}${name}`] = JSON.stringify({ name, state, over, last } satisfies StoredCheck);
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

function rowOf({ id, life, health }: InstanceState): InstanceRow {
  const state: StoredInstance = { life, health };
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
    facts: {},
    durable: false,
  };
}
