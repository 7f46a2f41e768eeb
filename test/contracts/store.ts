/** What every store does, real or virtual. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { InstanceId, JournalEvent, Standing, Subject } from '@mainstay/protocol';
import type { Plan } from '../../packages/mainstay/src/core/plan/index.ts';
import type { Move } from '../../packages/mainstay/src/core/uptime/index.ts';
import { emptyBatch } from '../../packages/mainstay/src/daemon/journal.ts';
import type { InstanceRow, MaintenanceRow, Store, StoreBatch } from '../../packages/mainstay/src/ports/index.ts';
import { planOf } from '../../packages/mainstay/src/sim/plan.ts';

/** A batch of nothing but `part`. */
export function batch(part: Partial<StoreBatch>): StoreBatch {
  return { ...emptyBatch(), ...part };
}

export function event(message: string, part: Partial<JournalEvent> = {}): JournalEvent {
  return { seq: 0, at: 1000, type: 'daemon.started', instance: null, incarnation: null, message, data: {}, ...part };
}

export function instanceRow(instance: InstanceId, part: Partial<InstanceRow> = {}): InstanceRow {
  return { instance, incarnation: 1, identity: null, state: { phase: 'ready' }, ...part };
}

export function maintenanceRow(id: string): MaintenanceRow {
  return { id, services: ['backend'], reason: 'weekly "restart"', owner: 'ops', from: 1000, until: 2000 };
}

export const PLAN: Plan = planOf([]);

export interface StoreFixture {
  /** A store over the same data each time it is called; the one before is closed. */
  make(): Store;
  dispose(): Promise<void>;
}

export function describeStore(name: string, fixture: () => StoreFixture): void {
  describe(`store contract: ${name}`, () => {
    let place: StoreFixture;
    let store: Store;

    beforeEach(async () => {
      place = fixture();
      store = place.make();
      await store.open();
    });

    afterEach(async () => {
      await store.close();
      await place.dispose();
    });

    async function reopen(): ReturnType<Store['open']> {
      await store.close();
      store = place.make();
      return store.open();
    }

    it('is empty at first', async () => {
      const { ids, ...rest } = await reopen();
      const nothing = { instances: [], intents: {}, maintenance: [], plan: null, facts: {} };
      assert.deepEqual(rest, { ...nothing, lastSeq: 0, setAside: null });
      assert.notEqual(ids.host, ids.project);
      assert.deepEqual(await store.events({ limit: 10 }), []);
    });

    it('keeps how services and checks stood, and gives it back in pages', async () => {
      const begin = (subject: Subject, state: Standing, from: number): Move => {
        return { type: 'begin', subject, state, from, knownAt: from + 2, cause: 'so', byOperator: false };
      };
      const one = { known_at: 0, cause: 'so', by_operator: false };
      await store.write(batch({ moves: [begin('service:a', 'up', 10), begin('check:b', 'down', 20)] }));
      // Dated back, and what was said of the time after that no longer holds.
      await store.write(batch({ moves: [begin('service:a', 'maintenance', 60), begin('service:a', 'down', 50)] }));
      await store.write(batch({ moves: [{ type: 'end', subject: 'check:b', from: 70 }] }));
      const restart = (at: number): Move => ({ type: 'restart', subject: 'service:a', at });
      await store.write(batch({ facts: { alive: '80' }, moves: [restart(86_400_001)] }));
      const unseen: Move = { type: 'unseen', from: null };
      await store.write(batch({ facts: { alive: '99' }, moves: [unseen, begin('service:a', 'up', 95)] }));
      await store.write(batch({ moves: [restart(86_400_002)] }));
      await reopen();
      const first = await store.history({ since: 0, until: 100_000_000, limit: 2 });
      assert.deepEqual(first.intervals, [
        { ...one, subject: 'service:a', state: 'up', from: 10, to: 50, known_at: 12 },
        { ...one, subject: 'check:b', state: 'down', from: 20, to: 70, known_at: 22 },
      ]);
      assert.ok(first.next !== null && first.restarts.length === 0);
      const second = await store.history({ since: 0, until: 100_000_000, limit: 2, after: first.next });
      assert.deepEqual(second, {
        intervals: [
          { ...one, subject: 'service:a', state: 'down', from: 50, to: 80, known_at: 52 },
          { ...one, subject: 'service:a', state: 'up', from: 95, to: null, known_at: 97 },
        ],
        restarts: [{ subject: 'service:a', day: 1, count: 2 }],
        alive: 99,
        next: null,
      });
      const part = await store.history({ since: 80, until: 96, limit: 9 });
      assert.deepEqual(
        part.intervals.map(({ from }) => from),
        [95],
      );
    });

    it('keeps its ids', async () => {
      const { ids } = await reopen();
      assert.deepEqual((await reopen()).ids, ids);
    });

    it('gives back what was written', async () => {
      const identity = { bootId: 'b', pid: 17, startTime: '123456' };
      const row = instanceRow('backend/0', { identity, state: { phase: 'ready', attempts: [1, 2] } });
      const facts = { boot: 'b', 'odd key ""': 'ü\n' };
      const intents = { backend: 'running', worker: 'stopped' } as const;
      const maintenance = { put: [maintenanceRow('m1')], remove: [] };
      await store.write(batch({ instances: [row], intents, maintenance, plan: PLAN, facts, durable: true }));
      const { ids: _, ...rest } = await reopen();
      assert.deepEqual(rest, {
        instances: [row],
        intents,
        maintenance: maintenance.put,
        plan: PLAN,
        facts,
        lastSeq: 0,
        setAside: null,
      });
    });

    it('replaces and removes rows', async () => {
      await store.write(batch({ instances: [instanceRow('a/0'), instanceRow('b/0')], facts: { x: '1' } }));
      await store.write(batch({ instances: [instanceRow('a/0', { incarnation: 2 })], removedInstances: ['b/0'] }));
      await store.write(batch({ maintenance: { put: [maintenanceRow('m1'), maintenanceRow('m2')], remove: [] } }));
      await store.write(batch({ maintenance: { put: [], remove: ['m1', 'unknown'] }, facts: { x: '2' } }));
      const snapshot = await reopen();
      assert.deepEqual(snapshot.instances, [instanceRow('a/0', { incarnation: 2 })]);
      assert.deepEqual(snapshot.maintenance, [maintenanceRow('m2')]);
      assert.deepEqual(snapshot.facts, { x: '2' });
    });

    it('removes what one batch both puts and removes', async () => {
      await store.write(batch({ instances: [instanceRow('a/0')], removedInstances: ['a/0'] }));
      assert.deepEqual((await reopen()).instances, []);
    });

    it('keeps the newest of many batches written without waiting', async () => {
      const written = Array.from({ length: 200 }, (_, i) =>
        store.write(batch({ instances: [instanceRow('a/0', { incarnation: i })], events: [event(`${i}`)] })),
      );
      await Promise.all(written);
      assert.deepEqual(store.backlog(), { batches: 0, oldestSince: null, lastError: null });
      const messages = (await store.events({ limit: 1000 })).map((each) => each.message);
      assert.deepEqual(messages, [...written.keys()].map(String));
      assert.equal((await reopen()).instances[0]?.incarnation, 199);
    });

    it('takes a copy of a batch at once', async () => {
      const state = { phase: 'ready' };
      const written = store.write(batch({ instances: [instanceRow('a/0', { state })] }));
      state.phase = 'stopped';
      await written;
      assert.deepEqual((await reopen()).instances[0]?.state, { phase: 'ready' });
    });

    it('numbers events in the order of writing, and never twice', async () => {
      await store.write(batch({ events: [event('a', { seq: 77 }), event('b')] }));
      const first = await store.events({ limit: 10 });
      await reopen();
      await store.write(batch({ events: [event('c')] }));
      const all = await store.events({ limit: 10 });
      assert.equal(all.map((each) => each.message).join(''), 'abc');
      assert.deepEqual(all.slice(0, 2), first);
      assert.ok(all.every((each, i) => each.seq > (all[i - 1]?.seq ?? 0)));
    });

    it('keeps the numbers that the writer gives, and says the last one', async () => {
      await store.write(batch({ events: [event('a', { seq: 5 }), event('b', { seq: 9 })] }));
      assert.equal((await reopen()).lastSeq, 9);
      await store.write(batch({ events: [event('c', { seq: 10 })] }));
      const found = await store.events({ limit: 10, after: 5 });
      assert.deepEqual(
        found.map((each) => [each.seq, each.message]),
        [
          [9, 'b'],
          [10, 'c'],
        ],
      );
    });

    it('keeps the order of writing when a number is behind', async () => {
      await store.write(batch({ events: [event('a', { seq: 5 })] }));
      await store.write(batch({ events: [event('b', { seq: 5 }), event('c', { seq: 6 }), event('d', { seq: 9 })] }));
      const found = await store.events({ limit: 10 });
      assert.equal(found.map((each) => each.message).join(''), 'abcd');
    });

    it('gives an event back whole', async () => {
      const whole = event('exit code 1', {
        at: 1_700_000_000_123,
        type: 'instance.exited',
        instance: 'backend/1',
        incarnation: 4,
        data: { code: 1, deep: { list: [1, 'ü', null] } },
      });
      await store.write(batch({ events: [whole] }));
      const [found] = await store.events({ limit: 1 });
      assert.deepEqual({ ...found, seq: 0 }, whole);
    });

    it('selects events: the newest that match, oldest first', async () => {
      await store.write(
        batch({
          events: [
            event('1', { at: 10, instance: 'a/0', incarnation: 1, type: 'instance.spawned' }),
            event('2', { at: 20, instance: 'b/0', incarnation: 1, type: 'instance.spawned' }),
            event('3', { at: 30, instance: 'a/0', incarnation: 1, type: 'instance.exited' }),
            event('4', { at: 40, instance: 'a/0', incarnation: 2, type: 'instance.spawned' }),
            event('5', { at: 50 }),
          ],
        }),
      );
      const all = await store.events({ limit: 10 });
      const found = async (query: Partial<Parameters<Store['events']>[0]>): Promise<string> =>
        (await store.events({ limit: 10, ...query })).map((each) => each.message).join('');
      assert.equal(await found({}), '12345');
      assert.equal(await found({ limit: 2 }), '45');
      assert.equal(await found({ limit: 0 }), '');
      assert.equal(await found({ after: all[1]!.seq }), '345');
      assert.equal(await found({ instance: 'a/0' }), '134');
      assert.equal(await found({ instance: 'a/0', limit: 2 }), '34');
      assert.equal(await found({ types: ['instance.spawned', 'daemon.started'] }), '1245');
      assert.equal(await found({ types: [] }), '');
      assert.equal(await found({ since: 30 }), '345');
      assert.equal(await found({ since: 20, instance: 'a/0', types: ['instance.exited'], after: all[0]!.seq }), '3');
    });

    it('pages forward: the oldest that match', async () => {
      await store.write(batch({ events: Array.from({ length: 7 }, (_, i) => event(`${i}`)) }));
      const seen: string[] = [];
      for (let after = 0, page = 1; page > 0;) {
        const found = await store.events({ after, limit: 3, choose: 'oldest' });
        seen.push(found.map((each) => each.message).join(''));
        after = found.at(-1)?.seq ?? after;
        page = found.length;
      }
      assert.deepEqual(seen, ['012', '345', '6', '']);
      const newest = await store.events({ limit: 3, choose: 'newest' });
      assert.equal(newest.map((each) => each.message).join(''), '456');
    });

    it('writes what waits before it closes, and refuses afterwards', async () => {
      const written = store.write(batch({ facts: { last: 'words' } }));
      const snapshot = await reopen();
      await written;
      assert.deepEqual(snapshot.facts, { last: 'words' });
      await store.close();
      await assert.rejects(store.write(batch({ facts: { x: 'y' } })), { code: 'refused' });
      await assert.rejects(store.events({ limit: 1 }), { code: 'refused' });
    });

    it('refuses what cannot be stored, and nothing else', async () => {
      const circular: Record<string, unknown> = {};
      circular['self'] = circular;
      const bad = store.write(batch({ events: [event('bad', { data: circular })] }));
      const good = store.write(batch({ events: [event('good')] }));
      await assert.rejects(bad, { code: 'internal' });
      await good;
      assert.equal((await store.events({ limit: 10 })).length, 1);
    });
  });
}
