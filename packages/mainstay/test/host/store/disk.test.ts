import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createStore, readEvents, readSnapshot } from '../../../src/host/store/index.ts';
import { batch, event } from '../../../../../test/contracts/store.ts';
import { clock, temporaryDirectory, until } from './fixture.ts';
import { freeze, makeDisk, mountDisk, mountMemory, mountReadOnly } from './mounts.ts';

const NEEDS_ROOT = 'needs root, to mount a file system';

describe('a full disk', () => {
  it('only makes the backlog grow, and everything is written when there is space again', async (t) => {
    using directory = temporaryDirectory();
    using disk = mountMemory(join(directory.path, 'mnt'), 1024 * 1024);
    if (disk === null) return t.skip(NEEDS_ROOT);
    const path = join(disk.path, 'mainstay.db');
    const ballast = join(disk.path, 'ballast');
    const store = createStore({ path, clock });
    await store.open();
    try {
      await store.write(batch({ events: [event('0')] }));
      fill(ballast);
      const acknowledged = new Set<number>();
      const written = Array.from({ length: 200 }, (_, i) =>
        store
          .write(batch({ events: [event(`${i + 1}`, { data: { text: 'x'.repeat(2000) } })], durable: i % 2 === 0 }))
          .then(() => acknowledged.add(i + 1)),
      );
      await until('an error is reported', () => store.backlog().lastError !== null);
      const { batches, oldestSince, lastError } = store.backlog();
      assert.match(lastError!, /full|disk I\/O error/);
      assert.ok(batches > 0 && oldestSince !== null && oldestSince <= clock.now().mono);
      // Reading goes on, and has all that was acknowledged.
      const before = await store.events({ limit: 1000 });
      assert.ok(before.length >= 1 && before.length < 201);
      rmSync(ballast);
      await Promise.all(written);
      assert.equal(acknowledged.size, 200);
      assert.deepEqual(store.backlog(), { batches: 0, oldestSince: null, lastError: null });
      assert.deepEqual(
        (await store.events({ limit: 1000 })).map((each) => each.message),
        Array.from({ length: 201 }, (_, i) => `${i}`),
      );
    } finally {
      await store.close();
    }
  });

  it('is an error when the store is opened', async (t) => {
    using directory = temporaryDirectory();
    using disk = mountMemory(join(directory.path, 'mnt'), 64 * 1024);
    if (disk === null) return t.skip(NEEDS_ROOT);
    fill(join(disk.path, 'ballast'));
    const store = createStore({ path: join(disk.path, 'mainstay.db'), clock });
    await assert.rejects(store.open(), { code: 'state-directory', message: /^cannot open .*: .*(full|I\/O)/ });
    rmSync(join(disk.path, 'ballast'));
  });

  it('does not keep the store from closing for ever, and says what is lost', async (t) => {
    using directory = temporaryDirectory();
    using disk = mountMemory(join(directory.path, 'mnt'), 512 * 1024);
    if (disk === null) return t.skip(NEEDS_ROOT);
    const store = createStore({ path: join(disk.path, 'mainstay.db'), clock, closeTimeoutMs: 300 });
    await store.open();
    fill(join(disk.path, 'ballast'));
    const written = store.write(batch({ events: [event('big', { data: { text: 'x'.repeat(300_000) } })] }));
    await assert.rejects(store.close(), {
      code: 'timeout',
      message: /^cannot close the store: 1 changes are not written: /,
    });
    await assert.rejects(written, { code: 'timeout' });
  });
});

/** Takes all the space there is. */
function fill(path: string): void {
  for (const size of [65_536, 4096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
    } catch {
      // Full, for this size.
    }
  }
}

describe('a frozen disk', () => {
  it('stops nothing but the store: the loop turns, writes wait, and all are written after it', async (t) => {
    using directory = temporaryDirectory();
    const image = join(directory.path, 'disk');
    if (!makeDisk(image)) return t.skip('cannot make a file system here');
    using disk = mountDisk(join(directory.path, 'mnt'), image);
    if (disk === null) return t.skip(NEEDS_ROOT);
    const path = join(disk.path, 'mainstay.db');
    const store = createStore({ path, clock });
    await store.open();
    const frozen = freeze(disk.path);
    if (frozen === null) {
      await store.close();
      return t.skip('cannot freeze a file system here');
    }
    let acknowledged = 0;
    const written: Promise<unknown>[] = [];
    try {
      for (let i = 0; i < 500; i++) {
        const durable = i % 2 === 0;
        written.push(store.write(batch({ events: [event(`${i}`)], durable })).then(() => acknowledged++));
        await turn();
      }
      assert.equal(acknowledged, 0);
      const { batches, oldestSince } = store.backlog();
      assert.equal(batches, 500);
      assert.ok(oldestSince !== null);
    } finally {
      frozen.thaw();
    }
    await Promise.all(written);
    await store.close();
    assert.deepEqual(
      readEvents(path, { limit: 1000 }).map((each) => Number(each.message)),
      Array.from({ length: 500 }, (_, i) => i),
    );
  });
});

/** Makes `path` read-only for this user; null when that cannot be done. */
function protect(path: string, place: string): ({ path: string } & Disposable) | null {
  if (process.getuid?.() === 0) return mountReadOnly(place, path);
  chmodSync(path, 0o500);
  return { path, [Symbol.dispose]: () => chmodSync(path, 0o700) };
}

describe('a directory that may not be written to', () => {
  it('is an error when the store is opened, and can be read all the same', async (t) => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    const store = createStore({ path: join(state, 'mainstay.db'), clock });
    await store.open();
    await store.write(batch({ facts: { a: 'b' }, events: [event('one')] }));
    await store.close();
    using place = protect(state, join(directory.path, 'mnt'));
    if (place === null) return t.skip(NEEDS_ROOT);
    const path = join(place.path, 'mainstay.db');
    if (process.getuid?.() === 0) {
      await assert.rejects(createStore({ path, clock }).open(), { code: 'state-directory' });
    }
    assert.deepEqual(readSnapshot(path)?.facts, { a: 'b' });
    assert.equal(readEvents(path, { limit: 10 }).length, 1);
    assert.deepEqual(readdirSync(state), ['mainstay.db']);
  });

  it('is an error when there is no store yet', async (t) => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    mkdirSync(state);
    using place = protect(state, join(directory.path, 'mnt'));
    if (place === null) return t.skip(NEEDS_ROOT);
    const store = createStore({ path: join(place.path, 'mainstay.db'), clock });
    await assert.rejects(store.open(), { code: 'state-directory', message: /^cannot open .*: / });
  });

  it('is an error of its own when it holds a damaged store', async (t) => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    mkdirSync(state);
    writeFileSync(join(state, 'mainstay.db'), 'garbage');
    using place = protect(state, join(directory.path, 'mnt'));
    if (place === null) return t.skip(NEEDS_ROOT);
    const store = createStore({ path: join(place.path, 'mainstay.db'), clock });
    await assert.rejects(store.open(), {
      code: 'store-corrupt',
      message: /not a database; and it cannot be set aside/,
    });
  });
});
