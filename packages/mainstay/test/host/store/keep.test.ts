import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import type { Standing } from '@mainstay/protocol';
import type { Move } from '../../../src/core/uptime/index.ts';
import { openStore } from '../../../src/host/store/database.ts';
import { createKeeper } from '../../../src/host/store/keeper.ts';
import { encodeBatch } from '../../../src/host/store/encode.ts';
import { withCopy } from '../../../src/host/store/copy.ts';
import { createStore, readEvents, readHistory, readResults, readSnapshot } from '../../../src/host/store/index.ts';
import { DEFAULT_RETENTION } from '../../../src/host/store/retention.ts';
import type { Retention } from '../../../src/host/store/messages.ts';
import type { StoreBatch } from '../../../src/ports/index.ts';
import { batch, event } from '../../../../../test/contracts/store.ts';
import { clock, temporaryDirectory, until } from './fixture.ts';

const DAY = 86_400_000;
/** Makes a store as it was before version 3. */
const NO_RESULTS = 'DROP TABLE sample; DROP TABLE result_hour; DROP TABLE result_day; DROP INDEX journal_incident;';

/** A store on this thread, closed at the end of the scope. */
function keeperOf(path: string, retention: Partial<Retention> = {}) {
  const keeper = createKeeper({ path, writer: 'test', retention: { ...DEFAULT_RETENTION, ...retention } });
  let group = 0;
  keeper.open();
  return {
    ...keeper,
    put: (part: Partial<StoreBatch>) => keeper.write(++group, encodeBatch(batch(part))),
    [Symbol.dispose]: () => keeper.close(),
  };
}

function begin(from: number, state: Standing): Move {
  return { type: 'begin', subject: 'service:a', state, from, knownAt: from, cause: 'so', byOperator: false };
}

/** From a copy: the store keeps its file to itself. */
function select(path: string, sql: string): Record<string, unknown>[] {
  return withCopy(path, (copy) => {
    const db = new DatabaseSync(copy);
    try {
      return db
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }));
    } finally {
      db.close();
    }
  });
}

const messages = (path: string): string[] => readEvents(path, { limit: 1e6 }).map((each) => each.message);

describe('retention', () => {
  it('deletes old events a chunk at a time, and keeps the newest whatever their age', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    const keeper = keeperOf(path, { maxAgeMs: 10 * DAY, keepNewest: 5, chunk: 3 });
    const now = Date.now();
    for (let i = 0; i < 20; i++) keeper.put({ events: [event(`${i}`, { at: now - (i < 8 ? 11 : 9) * DAY })] });
    assert.equal(keeper.trim(), true);
    assert.equal(messages(path)[0], '3');
    while (keeper.trim());
    assert.deepEqual(messages(path), ['8', '9', '10', '11', '12', '13', '14', '15', '16', '17', '18', '19']);
    keeper[Symbol.dispose]();
    using old = keeperOf(path, { maxAgeMs: 1 * DAY, keepNewest: 5 });
    while (old.trim());
    assert.deepEqual(messages(path), ['15', '16', '17', '18', '19']);
  });

  it('deletes the oldest events above a size, gives the space back, and never uses a number twice', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    const used = (): number =>
      Number(select(path, 'SELECT page_count * page_size AS n FROM pragma_page_count, pragma_page_size')[0]?.['n']);
    const text = 'x'.repeat(1000);
    {
      using keeper = keeperOf(path);
      for (let i = 0; i < 20; i++) {
        keeper.put({ events: Array.from({ length: 100 }, (_, n) => event(`${i * 100 + n}`, { data: { text } })) });
      }
      assert.ok(used() > 2e6);
    }
    using keeper = keeperOf(path, { maxBytes: 500_000, maxAgeMs: 1e6 * DAY, chunk: 100 });
    while (keeper.trim());
    for (let i = 0; i < 50; i++) keeper.trim();
    const left = readEvents(path, { limit: 1e6 });
    assert.ok(left.length > 200 && left.length < 500, `${left.length} events are left`);
    assert.equal(left.at(-1)?.message, '1999');
    assert.ok(used() < 800_000, `${used()} bytes`);
    keeper.put({ events: [event('next')] });
    assert.equal(readEvents(path, { limit: 1 })[0]?.seq, 2001);
  });

  it('deletes closed state intervals that are too old, not open ones', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    using keeper = keeperOf(path, { intervalMaxAgeMs: DAY });
    const old = Date.now() - 3 * DAY;
    keeper.put({
      moves: [begin(old, 'down'), begin(old + 5, 'up'), { type: 'restart', subject: 'service:a', at: old }],
    });
    while (keeper.trim());
    assert.deepEqual(select(path, 'SELECT state FROM state_interval'), [{ state: 'up' }]);
    assert.deepEqual(select(path, 'SELECT * FROM restart_day'), []);
  });

  it('deletes the oldest intervals when they alone are too much, never the open one', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    using keeper = keeperOf(path, { maxBytes: 200_000, chunk: 1000 });
    const now = Date.now();
    for (let n = 0; n < 20; n++) {
      const from = now - 10_000_000 + n * 1000;
      keeper.put({ moves: Array.from({ length: 500 }, (_, i) => begin(from + i, i % 2 === 0 ? 'up' : 'down')) });
    }
    while (keeper.trim());
    const query = 'SELECT count(*) AS n, min(from_at) AS first, sum(to_at IS NULL) AS open FROM state_interval';
    const { n, first, open } = select(path, query)[0] ?? {};
    assert.ok(Number(n) > 100 && Number(n) < 5_000, `${String(n)} intervals are left`);
    assert.ok(Number(first) > now - 10_000_000);
    assert.equal(open, 1);
  });

  it('happens by itself in a running store', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    const store = createStore({ path, clock, retention: { keepNewest: 2, everyMs: 20, pauseMs: 1 } });
    await store.open();
    await store.write(batch({ events: [1, 2, 3, 4].map((n) => event(`${n}`)) }));
    await until('the old events are gone', async () => (await store.events({ limit: 9 })).length === 2);
    await store.close();
  });
});

describe('the file', () => {
  it('is for its owner only, and so are the files beside it and a new directory', () => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'new', 'state');
    const path = join(state, 'mainstay.db');
    using keeper = keeperOf(path);
    keeper.put({ facts: { a: 'b' } });
    assert.equal(statSync(state).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(state).sort(), ['mainstay.db', 'mainstay.db-wal']);
    for (const name of readdirSync(state)) assert.equal(statSync(join(state, name)).mode & 0o777, 0o600, name);
  });

  it('is made private when it is not', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    keeperOf(path)[Symbol.dispose]();
    chmodSync(path, 0o644);
    keeperOf(path)[Symbol.dispose]();
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('is written again when somebody removed it, with all it held', () => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    const path = join(state, 'mainstay.db');
    using keeper = keeperOf(path);
    keeper.put({ intents: { a: 'stopped' }, events: [event('before')], durable: true });
    rmSync(state, { recursive: true });
    keeper.put({ facts: { b: 'c' }, events: [event('after')] });
    assert.deepEqual(readSnapshot(path)?.intents, { a: 'stopped' });
    assert.deepEqual(readSnapshot(path)?.facts, { b: 'c' });
    assert.deepEqual(
      readEvents(path, { limit: 9 }).map((each) => each.message),
      ['before', 'after'],
    );
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.ok(!readdirSync(state).includes('mainstay.db.returning'));
  });

  it('remembers which group a writer wrote last, for a new thread after the death of one', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    const options = { path, writer: 'one', retention: DEFAULT_RETENTION };
    const first = createKeeper(options);
    assert.equal(first.open().lastGroup, 0);
    first.write(41, encodeBatch(batch({ facts: { a: '1' } })));
    first.close();
    const second = createKeeper(options);
    assert.equal(second.open().lastGroup, 41);
    second.close();
    const other = createKeeper({ ...options, writer: 'two' });
    assert.equal(other.open().lastGroup, 0);
    other.close();
  });

  it('of version 1 is kept beside, and goes on without its phases of instances', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    {
      using keeper = keeperOf(path);
      keeper.put({ events: [event('of before')], facts: { alive: '5' } });
    }
    const old = new DatabaseSync(path);
    old.exec(`DROP TABLE state_interval; DROP TABLE restart_day; ${NO_RESULTS}
      CREATE TABLE state_interval (id INTEGER PRIMARY KEY, instance TEXT NOT NULL, phase TEXT NOT NULL,
        from_at INTEGER NOT NULL, to_at INTEGER, cause TEXT NOT NULL) STRICT;
      INSERT INTO state_interval (instance, phase, from_at, cause) VALUES ('a/0', 'ready', 1, '');
      PRAGMA user_version = 1`);
    old.close();
    const all = { since: 0, until: 100, limit: 9 };
    assert.equal(readHistory(path, all), null, 'nothing is known, and nothing is changed by looking');
    {
      using keeper = keeperOf(path);
      keeper.put({ moves: [{ type: 'unseen', from: null }, begin(10, 'up')] });
    }
    assert.deepEqual(messages(path), ['of before']);
    assert.deepEqual(
      readHistory(path, all)?.intervals.map(({ state, from, to }) => [state, from, to]),
      [['up', 10, null]],
    );
    assert.ok(readdirSync(directory.path).includes('mainstay.db.schema-1'));
  });

  it('of version 2 is kept beside, and goes on with all that it knows', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    {
      using keeper = keeperOf(path);
      keeper.put({ events: [event('of before')], moves: [begin(10, 'up')] });
    }
    const old = new DatabaseSync(path);
    old.exec(`${NO_RESULTS} PRAGMA user_version = 2`);
    old.close();
    const all = { since: 0, until: 100, limit: 9 };
    assert.equal(readResults(path, all), null, 'nothing is known, and nothing is changed by looking');
    {
      using keeper = keeperOf(path);
      assert.deepEqual(keeper.results(all).results, []);
    }
    assert.deepEqual(messages(path), ['of before']);
    assert.deepEqual(
      readHistory(path, all)?.intervals.map(({ state, from, to }) => [state, from, to]),
      [['up', 10, null]],
    );
    assert.ok(readdirSync(directory.path).includes('mainstay.db.schema-2'));
  });

  it('is not half migrated: a file without tables is brought to this version', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    const empty = new DatabaseSync(path);
    empty.exec('PRAGMA journal_mode = WAL; PRAGMA user_version = 0');
    empty.close();
    const { db, snapshot } = openStore(path);
    assert.equal(snapshot.setAside, null);
    assert.match(snapshot.ids.project, /^[0-9a-f-]{36}$/);
    db.close();
  });
});

describe('readers of other processes', () => {
  it('have nothing to read before there is a store', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    assert.equal(readSnapshot(path), null);
    assert.deepEqual(readEvents(path, { limit: 5 }), []);
    assert.deepEqual(readdirSync(directory.path), []);
  });

  it('see what is written while it is written, and do not stop the writer', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    const store = createStore({ path, clock });
    await store.open();
    for (let n = 1; n <= 20; n++) {
      await store.write(batch({ events: [event(`${n}`)], durable: true }));
      assert.equal(readEvents(path, { limit: 100 }).length, n);
    }
    await store.close();
    assert.deepEqual(
      readdirSync(directory.path).filter((name) => !name.endsWith('-wal') && !name.endsWith('-shm')),
      ['mainstay.db'],
    );
  });

  it('get an error with a code and a hint for a file that is none', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    mkdirSync(path);
    assert.throws(() => readSnapshot(path), { name: 'MainstayError', code: 'state-directory', hint: /check that/ });
  });
});

describe('a thread that ends by itself', () => {
  it('is replaced, and everything is written once and in order', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    let thread: Worker | undefined;
    const watch = (worker: Worker): void => {
      if (worker.threadName === 'mainstay store') thread = worker;
    };
    process.on('worker', watch);
    const store = createStore({ path, clock });
    try {
      await store.open();
      const written: Promise<void>[] = [];
      for (let n = 0; n < 120; n++) {
        written.push(store.write(batch({ events: [event(`${n}`)], durable: n % 5 === 0 })));
        if (n % 7 === 0) await written.at(-1);
        // Sometimes in the middle of a write, sometimes just after it.
        if (n % 40 === 20) void thread?.terminate();
      }
      await Promise.all(written);
      const found = (await store.events({ limit: 1000 })).map((each) => Number(each.message));
      assert.deepEqual(found, [...written.keys()]);
      assert.equal(store.backlog().lastError, null);
    } finally {
      process.off('worker', watch);
      await store.close();
    }
  });
});

describe('two stores on one file', () => {
  it('the second is refused, and takes nothing from the first', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    const first = createStore({ path, clock });
    await first.open();
    await first.write(batch({ events: [event('before')] }));
    const second = createStore({ path, clock });
    await assert.rejects(second.open(), { code: 'state-directory', message: /database is locked/ });
    await second.close();
    await first.write(batch({ events: [event('after')] }));
    await first.close();
    assert.deepEqual(messages(path), ['before', 'after']);
  });
});
