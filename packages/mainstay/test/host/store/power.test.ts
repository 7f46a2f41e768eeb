import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createStore, readSnapshot } from '../../../src/host/store/index.ts';
import { batch, event } from '../../../../../test/contracts/store.ts';
import { clock, random, temporaryDirectory } from './fixture.ts';
import { makeDisk, mountDisk } from './mounts.ts';

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url));
const ROUNDS = 12;

/** Runs a writer, kills it after some acknowledged batches and a random moment; returns the last acknowledged one. */
async function writeAndKill(path: string, first: number, acknowledged: number, delayMs: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, path, `${first}`], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    let last = first - 1;
    const lines = createInterface(child.stdout);
    const enough = new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the writer ended by itself')));
      lines.on('line', (line) => {
        last = Number(line);
        if (last >= first + acknowledged) resolve();
      });
    });
    await enough;
    await sleep(delayMs);
    const read = once(lines, 'close');
    child.kill('SIGKILL');
    await read;
    return last;
  } finally {
    child.kill('SIGKILL');
  }
}

describe('a store whose process is killed', () => {
  it(`loses nothing acknowledged and tears no batch, ${ROUNDS} times`, async () => {
    const chance = random('power');
    using directory = temporaryDirectory();
    const path = join(directory.path, 'mainstay.db');
    let next = 1;
    for (let round = 0; round < ROUNDS; round++) {
      const last = await writeAndKill(path, next, 20 + chance(200), chance(30));
      const store = createStore({ path, clock });
      const snapshot = await store.open();
      const events = await store.events({ limit: 1_000_000 });
      await store.close();
      const found = events.length;
      assert.ok(found >= last, `batch ${last} was acknowledged, ${found} are there`);
      assert.deepEqual(
        events.map((each) => Number(each.message)),
        Array.from({ length: found }, (_, i) => i + 1),
      );
      assert.equal(snapshot.setAside, null);
      assert.equal(snapshot.instances[0]?.incarnation, found);
      assert.deepEqual(snapshot.facts, { n: `${found}` });
      assert.deepEqual(snapshot.intents, { a: found % 2 === 0 ? 'running' : 'stopped' });
      next = found + 1;
    }
  });
});

describe('a disk that loses its power', () => {
  it('has every durable batch that was acknowledged, and a prefix of the others', async (t) => {
    using directory = temporaryDirectory();
    const image = join(directory.path, 'disk');
    if (!makeDisk(image)) return t.skip('cannot make a file system here');
    using disk = mountDisk(join(directory.path, 'mnt'), image);
    if (disk === null) return t.skip('needs root, to mount a file system');
    const store = createStore({ path: join(disk.path, 'state', 'mainstay.db'), clock });
    await store.open();
    try {
      for (let n = 1; n <= 5; n++) {
        await store.write(batch({ events: [event('usual')], facts: { n: `${n}` } }));
        await store.write(batch({ intents: { a: 'stopped' }, facts: { durable: `${n}` }, durable: true }));
        // The image holds what a disk would hold if the power failed now.
        const copy = join(directory.path, `disk-${n}`);
        copyFileSync(image, copy);
        using after = mountDisk(join(directory.path, `mnt-${n}`), copy);
        assert.ok(after !== null);
        const snapshot = readSnapshot(join(after.path, 'state', 'mainstay.db'));
        assert.deepEqual(snapshot?.facts, { n: `${n}`, durable: `${n}` });
        assert.deepEqual(snapshot.intents, { a: 'stopped' });
      }
    } finally {
      await store.close();
    }
  });
});
