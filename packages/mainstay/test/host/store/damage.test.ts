import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { openStore } from '../../../src/host/store/database.ts';
import { createStore, readEvents, readSnapshot, SCHEMA_VERSION } from '../../../src/host/store/index.ts';
import { batch, event, instanceRow, maintenanceRow, PLAN } from '../../../../../test/contracts/store.ts';
import { clock, random, temporaryDirectory } from './fixture.ts';

const EVENTS = 400;

/** A store in which the database and the write-ahead log both hold a lot, copied as a crash would leave it. */
async function makeSample(directory: string): Promise<void> {
  const path = join(directory, 'live.db');
  let store = createStore({ path, clock });
  await store.open();
  await store.write(
    batch({
      intents: { backend: 'running', worker: 'stopped' },
      plan: PLAN,
      maintenance: { put: [maintenanceRow('m1')], remove: [] },
      facts: { boot: 'b' },
      instances: [instanceRow('backend/0')],
      durable: true,
    }),
  );
  for (let n = 1; n <= EVENTS; n++) {
    await store.write(batch({ events: [event(`${n}`, { data: { text: 'x'.repeat(300) } })], facts: { n: `${n}` } }));
    if (n !== EVENTS / 2) continue;
    // Moves the log into the file: from here on only the log has it.
    await store.close();
    store = createStore({ path, clock });
    await store.open();
  }
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, join(directory, `sample.db${suffix}`));
  await store.close();
}

/** Opens, looks, writes, and opens again: whatever the file was, the store works now. */
function assertWorks(path: string): { events: number[]; setAside: string | null; intents: Record<string, string> } {
  const { db, snapshot } = openStore(path);
  db.exec("INSERT INTO fact (key, value) VALUES ('works', 'yes') ON CONFLICT DO NOTHING");
  const rows = db.prepare("SELECT message FROM journal WHERE type <> 'daemon.degraded' ORDER BY seq").all();
  db.close();
  const again = openStore(path);
  assert.equal(again.snapshot.setAside, null);
  assert.equal(again.snapshot.facts['works'], 'yes');
  again.db.close();
  return {
    events: rows.map((row) => Number(row['message'])),
    setAside: snapshot.setAside?.path ?? null,
    intents: snapshot.intents,
  };
}

describe('a damaged store', () => {
  const samples = temporaryDirectory();
  before(() => makeSample(samples.path));
  after(() => samples[Symbol.dispose]());

  /** A copy of the sample in a directory of its own. */
  function copySample(directory: string, withLog = true): string {
    const path = join(directory, 'mainstay.db');
    copyFileSync(join(samples.path, 'sample.db'), path);
    if (withLog) copyFileSync(join(samples.path, 'sample.db-wal'), `${path}-wal`);
    return path;
  }

  it('opens with a prefix of the journal when the log is cut anywhere', () => {
    const chance = random('cut log');
    for (let round = 0; round < 40; round++) {
      using directory = temporaryDirectory();
      const path = copySample(directory.path);
      truncateSync(`${path}-wal`, chance(statSync(`${path}-wal`).size));
      const { events, setAside } = assertWorks(path);
      assert.equal(setAside, null);
      assert.ok(events.length >= EVENTS / 2);
      assert.deepEqual(
        events,
        events.map((_, i) => i + 1),
      );
    }
  });

  it('opens when the database is cut anywhere, and says what it set aside', () => {
    const chance = random('cut database');
    for (let round = 0; round < 40; round++) {
      using directory = temporaryDirectory();
      const path = copySample(directory.path, round % 2 === 0);
      const { size } = statSync(path);
      const cut = chance(size);
      truncateSync(path, cut);
      const { setAside } = assertWorks(path);
      assert.ok(setAside === null || existsSync(setAside) || existsSync(`${setAside}-wal`));
      if (round % 2 === 1) assert.ok(setAside !== null, `cut at ${cut} of ${size}, without a log`);
    }
  });

  it('opens after garbage in either file', () => {
    const chance = random('garbage');
    for (let round = 0; round < 60; round++) {
      using directory = temporaryDirectory();
      const path = copySample(directory.path);
      const victim = round % 2 === 0 ? path : `${path}-wal`;
      const bytes = readFileSync(victim);
      const length = 1 + chance(6000);
      const from = chance(bytes.length);
      for (let i = from; i < Math.min(bytes.length, from + length); i++) bytes[i] = chance(256);
      writeFileSync(victim, bytes);
      assertWorks(path);
    }
  });

  it('saves intents, plan, maintenance, ids and the readable events of a file whose end is missing', () => {
    using directory = temporaryDirectory();
    const path = copySample(directory.path, false);
    const before = readSnapshot(path)!;
    truncateSync(path, statSync(path).size - 8192);
    const { db, snapshot } = openStore(path);
    db.close();
    assert.match(snapshot.setAside!.path, /mainstay\.db\.corrupt-\d{8}T\d{6}Z$/);
    assert.match(snapshot.setAside!.reason, /saved from it: .*2 intents, 1 plans, 1 maintenance windows/);
    // The numbers go on after the newest event that could be read.
    assert.deepEqual({ ...snapshot, setAside: null, lastSeq: 0 }, { ...before, lastSeq: 0 });
    assert.equal(snapshot.lastSeq, readEvents(path, { limit: 1 })[0]?.seq);
    const events = readEvents(path, { limit: 1000 });
    assert.equal(events.at(-1)?.type, 'daemon.degraded');
    assert.ok(events.length > 1, 'no event was saved');
    assert.ok(readdirSync(directory.path).length >= 2);
  });

  it('starts empty when nothing can be read', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    writeFileSync(path, 'this is not a database'.repeat(1000));
    const store = createStore({ path, clock });
    const snapshot = await store.open();
    assert.match(snapshot.setAside!.reason, /^the file is not a database; nothing in it could be saved$/);
    assert.match(readFileSync(snapshot.setAside!.path, 'utf8'), /^this is not a database/);
    await store.write(batch({ facts: { a: 'b' } }));
    await store.close();
    assert.deepEqual(readSnapshot(path)?.facts, { a: 'b' });
  });

  it('does not take the database of another program for its own', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE precious (x); INSERT INTO precious VALUES (1); PRAGMA user_version = 1');
    other.close();
    const { db, snapshot } = openStore(path);
    db.close();
    assert.match(snapshot.setAside!.reason, /^another program wrote this file/);
    const aside = new DatabaseSync(snapshot.setAside!.path);
    assert.deepEqual({ ...aside.prepare('SELECT x FROM precious').get() }, { x: 1 });
    aside.close();
  });

  it('notices damage while it runs, and goes on without losing the write', async () => {
    using directory = temporaryDirectory();
    const path = copySample(directory.path, false);
    const store = createStore({ path, clock });
    await store.open();
    try {
      const bytes = readFileSync(path);
      // Every page but the first: the tables and their indexes.
      bytes.fill(0xa5, 4096);
      writeFileSync(path, bytes);
      // The number the note of the damage takes: the event is stored all the same.
      const after = event('after the damage', { seq: 1 });
      await store.write(batch({ events: [after], intents: { backend: 'stopped' }, durable: true }));
      const events = await store.events({ limit: 10 });
      assert.deepEqual(
        events.map((each) => each.type),
        ['daemon.degraded', 'daemon.started'],
      );
      assert.match(events[0]!.message, /was damaged .* set aside as .*corrupt-/);
    } finally {
      await store.close();
    }
    assert.equal(readSnapshot(path)?.intents['backend'], 'stopped');
    assert.ok(readdirSync(directory.path).some((name) => name.includes('.corrupt-')));
  });

  it('says so when a directory is in its place', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    mkdirSync(path);
    assert.throws(() => openStore(path), { code: 'state-directory', message: /^cannot open .*mainstay\.db: / });
  });
});

describe('a store of a newer version', () => {
  it('is refused and not touched', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    openStore(path).db.close();
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    const bytes = readFileSync(path);
    await assert.rejects(createStore({ path, clock }).open(), {
      code: 'store-newer',
      message: new RegExp(`schema 99, this one knows ${SCHEMA_VERSION}\\)`),
    });
    assert.throws(() => readSnapshot(path), { code: 'store-newer' });
    assert.deepEqual(readFileSync(path), bytes);
    assert.deepEqual(readdirSync(directory.path), ['mainstay.db']);
  });
});
