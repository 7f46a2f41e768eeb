/**
 * Batches per second through the store's queue and thread, against a bare synchronous loop over node:sqlite that writes the
 * same rows, one transaction each, in the same run; and the memory that the idle thread costs.
 *
 *     node benchmarks/store.ts [BATCHES]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClock } from '../packages/mainstay/src/host/clock/index.ts';
import { createStore } from '../packages/mainstay/src/host/store/index.ts';
import type { StoreBatch } from '../packages/mainstay/src/ports/index.ts';

const BATCHES = Number(process.argv[2] ?? 5000);

const clock = createClock();

function batchOf(n: number): StoreBatch {
  const data = { from: 'running', to: 'ready', reason: null };
  return {
    events: [
      { seq: 0, at: n, type: 'check.observed', instance: 'backend/0', incarnation: 1, message: `pass ${n}`, data },
    ],
    instances: [
      { instance: 'backend/0', incarnation: n, identity: null, state: { phase: 'ready', attempts: [1, 2, 3] } },
    ],
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

/** Batches per second of a plain loop. */
function bare(path: string): number {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  db.exec('CREATE TABLE journal (seq INTEGER PRIMARY KEY, at, type, instance, incarnation, message, data)');
  db.exec('CREATE TABLE instance (id TEXT PRIMARY KEY, incarnation, state)');
  const event = db.prepare(
    'INSERT INTO journal (at, type, instance, incarnation, message, data) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const row = db.prepare('INSERT OR REPLACE INTO instance VALUES (?, ?, ?)');
  const began = performance.now();
  for (let n = 0; n < BATCHES; n++) {
    const { events, instances } = batchOf(n);
    db.exec('BEGIN IMMEDIATE');
    for (const e of events) event.run(e.at, e.type, e.instance, e.incarnation, e.message, JSON.stringify(e.data));
    for (const i of instances) row.run(i.instance, i.incarnation, JSON.stringify(i.state));
    db.exec('COMMIT');
  }
  const rate = (BATCHES / (performance.now() - began)) * 1000;
  db.close();
  return rate;
}

/** Batches per second through the store, and the longest that one `write` kept its caller, ms. */
async function threaded(path: string, atOnce: number): Promise<{ rate: number; longest: number }> {
  const store = createStore({ path, clock });
  await store.open();
  let longest = 0;
  const began = performance.now();
  for (let n = 0; n < BATCHES;) {
    const written: Promise<void>[] = [];
    for (const end = Math.min(BATCHES, n + atOnce); n < end; n++) {
      const start = performance.now();
      written.push(store.write(batchOf(n)));
      longest = Math.max(longest, performance.now() - start);
    }
    await Promise.all(written);
  }
  const rate = (BATCHES / (performance.now() - began)) * 1000;
  await store.close();
  return { rate, longest };
}

function residentMiB(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
}

const directory = mkdtempSync(join(tmpdir(), 'mainstay-bench-'));
try {
  await sleep(200);
  const without = residentMiB();
  const idle = createStore({ path: join(directory, 'idle.db'), clock });
  await idle.open();
  await sleep(1000);
  console.log(`idle thread: ${(residentMiB() - without).toFixed(1)} MiB (${without.toFixed(1)} MiB without)`);
  await idle.close();
  const loop = bare(join(directory, 'bare.db'));
  console.log(`bare loop: ${loop.toFixed(0)} batches/s`);
  for (const atOnce of [1, 100]) {
    const { rate, longest } = await threaded(join(directory, `store-${atOnce}.db`), atOnce);
    const ratio = (rate / loop).toFixed(2);
    console.log(
      `store, ${atOnce} waiting: ${rate.toFixed(0)} batches/s = ${ratio} × bare; longest write() ${longest.toFixed(2)} ms`,
    );
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
