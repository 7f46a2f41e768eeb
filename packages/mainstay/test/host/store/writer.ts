/**
 * A process that writes numbered batches as fast as the store takes them and prints the number of each one that is
 * acknowledged, until it is killed. Batch n: event n, instance row n, fact n; every third is durable.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { createStore } from '../../../src/host/store/index.ts';
import { batch, event, instanceRow } from '../../../../../test/contracts/store.ts';
import { clock } from './fixture.ts';

const [path, first] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: writer.ts PATH FIRST');
const store = createStore({ path, clock });
await store.open();
process.stdin.resume();
process.stdin.on('end', () => process.exit());

const waiting = new Set<number>();
function writeOne(n: number): void {
  const change = batch({
    events: [event(`${n}`, { data: { padding: 'x'.repeat((n * 37) % 900) } })],
    instances: [instanceRow('a/0', { incarnation: n })],
    intents: { a: n % 2 === 0 ? 'running' : 'stopped' },
    facts: { n: `${n}` },
    durable: n % 3 === 0,
  });
  waiting.add(n);
  void store.write(change).then(() => {
    waiting.delete(n);
    process.stdout.write(`${n}\n`);
  });
}

for (let n = Number(first); ; n++) {
  writeOne(n);
  await turn();
  // Sometimes one at a time, sometimes many at once.
  while (waiting.size > n % 40) await turn();
}
