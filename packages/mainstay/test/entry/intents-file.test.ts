import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JournalEvent } from '@mainstay/protocol';
import { forgetIntents, keepingIntents } from '../../src/entry/daemon/intents-file.ts';
import { atomicWrite } from '../../src/host/files/index.ts';
import type { Store, StoreBatch, StoreSnapshot } from '../../src/ports/index.ts';

type Intents = StoreSnapshot['intents'];

const snapshot = (lastSeq: number, intents: Intents, setAside: StoreSnapshot['setAside'] = null): StoreSnapshot => ({
  instances: [],
  intents,
  maintenance: [],
  plan: null,
  facts: {},
  ids: { host: 'h', project: 'p' },
  lastSeq,
  setAside,
});

const batch = (seq: number, intents: Intents): StoreBatch => ({
  events: [{ seq } as JournalEvent],
  instances: [],
  removedInstances: [],
  moves: [],
  samples: [],
  intents,
  maintenance: { put: [], remove: [] },
  plan: null,
  facts: {},
  durable: true,
});

/** A store that opens with this, takes everything and keeps nothing. */
const opening = (found: StoreSnapshot): Store => ({
  open: () => Promise.resolve(found),
  write: () => Promise.resolve(),
  events: () => Promise.resolve([]),
  history: () => Promise.resolve({ intervals: [], restarts: [], alive: null, next: null }),
  results: () => Promise.resolve({ results: [], next: null }),
  backlog: () => ({ batches: 0, oldestSince: null, lastError: null }),
  close: () => Promise.resolve(),
});

/** What is wanted according to a store and what lies beside it. */
async function wanted(stateDir: string, found: StoreSnapshot): Promise<Intents> {
  return (await keepingIntents(opening(found), stateDir, atomicWrite).open()).intents;
}

interface Place extends Disposable {
  path: string;
}

function place(): Place {
  const path = mkdtempSync(join(tmpdir(), 'mainstay-intents-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test('what was wanted is there again when the store was lost, set aside, or is an older copy', async () => {
  using state = place();
  const store = keepingIntents(opening(snapshot(5, { web: 'running', db: 'running' })), state.path, atomicWrite);
  await store.open();
  await store.write(batch(6, { web: 'stopped' }));
  await store.write(batch(7, {}));
  await store.close();
  assert.equal(statSync(join(state.path, 'intents.json')).mode & 0o777, 0o600);
  const kept = { web: 'stopped', db: 'running' };
  assert.deepEqual(await wanted(state.path, snapshot(0, {})), kept, 'lost');
  assert.deepEqual(await wanted(state.path, snapshot(5, { web: 'running', db: 'running' })), kept, 'an older copy');
  const aside = { path: 'x', reason: 'y' };
  assert.deepEqual(await wanted(state.path, snapshot(90, { web: 'running' }, aside)), kept, 'set aside');
});

test('a store that is as new as the file, or newer, counts', async () => {
  using state = place();
  const store = keepingIntents(opening(snapshot(5, {})), state.path, atomicWrite);
  await store.open();
  await store.write(batch(6, { web: 'stopped' }));
  await store.close();
  for (const seq of [6, 7]) {
    assert.deepEqual(await wanted(state.path, snapshot(seq, { web: 'running' })), { web: 'running' });
  }
});

test('a torn file and none at all are no reason to fail', async () => {
  using state = place();
  assert.deepEqual(await wanted(state.path, snapshot(3, { web: 'stopped' })), { web: 'stopped' });
  writeFileSync(join(state.path, 'intents.json'), '{"seq":9,"inte');
  assert.deepEqual(await wanted(state.path, snapshot(3, { web: 'stopped' })), { web: 'stopped' });
  await forgetIntents(state.path);
  assert.equal(existsSync(join(state.path, 'intents.json')), false);
});
