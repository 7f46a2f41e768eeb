import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { STANDINGS, type InstanceId, type JournalEvent, type StandingInterval, type Subject } from '@mainstay/protocol';
import type { Move } from '../../../src/core/uptime/index.ts';
import { Timeline } from '../../../src/core/uptime/timeline.ts';
import { createStore, readSnapshot } from '../../../src/host/store/index.ts';
import type { HistoryPage, HistoryPlace, HistoryQuery, StoreBatch, StoreSnapshot } from '../../../src/ports/index.ts';
import { emptyBatch } from '../../../src/daemon/journal.ts';
import { event, PLAN } from '../../../../../test/contracts/store.ts';
import { clock, seed, temporaryDirectory } from './fixture.ts';

/** In the order of SQLite: by the bytes of the key. */
function byKey<T>(map: Map<string, T>): T[] {
  return [...map].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))).map(([, row]) => row);
}

/** The same as the store, in plain objects. */
class Model {
  readonly instances = new Map<string, StoreSnapshot['instances'][number]>();
  readonly maintenance = new Map<string, StoreSnapshot['maintenance'][number]>();
  readonly intents: Record<string, 'running' | 'stopped'> = {};
  readonly facts: Record<string, string> = {};
  plan: StoreSnapshot['plan'] = null;
  readonly events: JournalEvent[] = [];
  readonly timeline = new Timeline();

  write(batch: StoreBatch): void {
    for (const move of batch.moves)
      this.timeline.apply(move, 'alive' in this.facts ? Number(this.facts['alive']) : null);
    for (const row of batch.instances) this.instances.set(row.instance, row);
    for (const id of batch.removedInstances) this.instances.delete(id);
    for (const row of batch.maintenance.put) this.maintenance.set(row.id, row);
    for (const id of batch.maintenance.remove) this.maintenance.delete(id);
    Object.assign(this.intents, batch.intents);
    Object.assign(this.facts, batch.facts);
    this.plan = batch.plan ?? this.plan;
    this.events.push(...batch.events);
  }

  snapshot(): Omit<StoreSnapshot, 'ids' | 'lastSeq'> {
    const { intents, facts, plan } = this;
    return {
      instances: byKey(this.instances),
      maintenance: byKey(this.maintenance),
      intents,
      facts,
      plan,
      setAside: null,
    };
  }
}

const name = fc.constantFrom('a', 'b', 'c', 'ü', 'with "quotes"', "it's");
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const instance = fc.tuple(name, fc.nat(2)).map(([service, index]): InstanceId => `${service}/${index}`);
const moment = fc.integer({ min: 0, max: 4_102_444_800_000 });

/** Few and close together, so that moves meet. */
const soon = fc.integer({ min: 0, max: 40 });
const subject = fc.constantFrom<Subject>('service:a', 'service:b', 'check:a');
const moves: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('begin' as const),
      subject,
      state: fc.constantFrom(...STANDINGS),
      from: soon,
      knownAt: soon,
      cause: text,
      byOperator: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('end' as const), subject, from: soon }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('unseen' as const), from: fc.option(soon) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), subject, at: moment }) },
);

const batches: fc.Arbitrary<StoreBatch> = fc.record({
  events: fc.array(
    fc
      .record({ message: text, at: moment, instance: fc.option(instance), data: fc.dictionary(text, fc.jsonValue()) })
      .map(({ message, ...rest }) => event(message, rest as Partial<JournalEvent>)),
    { maxLength: 4 },
  ),
  instances: fc.array(
    fc.record({
      instance,
      incarnation: fc.nat(),
      identity: fc.option(fc.record({ bootId: text, pid: fc.nat(), startTime: text })),
      state: fc.jsonValue(),
    }),
    { maxLength: 3 },
  ),
  removedInstances: fc.array(instance, { maxLength: 1 }),
  intents: fc.dictionary(name, fc.constantFrom('running' as const, 'stopped' as const)),
  maintenance: fc.record({
    put: fc.array(
      fc.record({ id: name, services: fc.array(name), reason: text, owner: text, from: moment, until: moment }),
      { maxLength: 2 },
    ),
    remove: fc.array(name, { maxLength: 1 }),
  }),
  plan: fc.option(
    text.map((project) => ({ ...PLAN, project })),
    { freq: 3 },
  ),
  moves: fc.array(moves, { maxLength: 6 }),
  samples: fc.constant([]),
  facts: fc.oneof(
    fc.dictionary(name, text),
    soon.map((at) => ({ alive: String(at) })),
  ),
  durable: fc.boolean(),
});

const steps = fc.oneof(
  { weight: 6, arbitrary: batches },
  { weight: 1, arbitrary: fc.constant('reopen' as const) },
  { weight: 1, arbitrary: fc.constant('wait' as const) },
);

/** JSON has no negative zero and no prototypes. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const sorted = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

function checkDisjoint(all: readonly StandingInterval[]): void {
  const ends = new Map<Subject, number>();
  for (const { subject: of, from, to } of all) {
    assert.ok(from >= (ends.get(of) ?? -1), `intervals of ${of} overlap`);
    assert.ok(to === null || to >= from, 'an interval ends after it begins');
    ends.set(of, to ?? Infinity);
  }
}

describe('the store and a plain model', () => {
  it('agree after any batches and reopenings', async () => {
    const run = fc.asyncProperty(fc.array(steps, { maxLength: 25 }), async (actions) => {
      using directory = temporaryDirectory();
      const path = join(directory.path, 'mainstay.db');
      const model = new Model();
      let store = createStore({ path, clock, closeTimeoutMs: 60_000 });
      await store.open();
      let last: Promise<void> = Promise.resolve();
      for (const action of [...actions, 'reopen' as const]) {
        if (action === 'wait') {
          await last;
        } else if (action === 'reopen') {
          await store.close();
          store = createStore({ path, clock, closeTimeoutMs: 60_000 });
          const { ids: _ids, lastSeq: _lastSeq, ...snapshot } = await store.open();
          assert.deepEqual(plain(snapshot), plain(model.snapshot()));
        } else {
          model.write(action);
          last = store.write(action);
        }
      }
      const events = await store.events({ limit: 1_000_000 });
      assert.deepEqual(plain(events.map((each) => ({ ...each, seq: 0 }))), plain(model.events));
      const all: StandingInterval[] = [];
      let after: HistoryPlace | null = null;
      do {
        const query: HistoryQuery = {
          since: -1,
          until: Number.MAX_SAFE_INTEGER,
          limit: 3,
          ...(after === null ? {} : { after }),
        };
        const page: HistoryPage = await store.history(query);
        all.push(...page.intervals);
        after = page.next;
        if (after === null) assert.deepEqual(sorted(page.restarts), sorted(model.timeline.restarts()));
      } while (after !== null);
      assert.deepEqual(sorted(all), sorted(model.timeline.intervals()));
      checkDisjoint(all);
      const { ids: _ids, lastSeq: _lastSeq, ...seenByOthers } = readSnapshot(path)!;
      assert.deepEqual(plain(seenByOthers), plain(model.snapshot()));
      await store.close();
    });
    await fc.assert(run, { numRuns: 15, seed: seed('model') });
  });

  it('what was last seen of a daemon is what was known then, also where batches are written as one', async () => {
    using directory = temporaryDirectory();
    const store = createStore({ path: join(directory.path, 'mainstay.db'), clock });
    await store.open();
    const begin: Move = {
      type: 'begin',
      subject: 'service:a',
      state: 'up',
      from: 0,
      knownAt: 0,
      cause: '',
      byOperator: false,
    };
    const batches = [
      { facts: { alive: '0' } },
      { facts: { alive: '7' } },
      { moves: [begin, { type: 'unseen' as const, from: null }], facts: { alive: '9' } },
    ];
    await Promise.all(batches.map((batch) => store.write({ ...emptyBatch(), ...batch })));
    const { intervals } = await store.history({ since: -1, until: 100, limit: 10 });
    assert.deepEqual(
      intervals.map(({ from, to }) => [from, to]),
      [[0, 7]],
    );
    await store.close();
  });
});
