/** Files of crash bundles: for their owner only, never more than some, and nobody waits for them. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createCrashFiles } from '../../../src/host/crash/index.ts';

const root = mkdtempSync(join(tmpdir(), 'mainstay-crash-'));
after(() => rmSync(root, { recursive: true, force: true }));
const AT = Date.UTC(2026, 0, 2, 3, 4, 5);
let rooms = 0;
const room = (): string => join(root, String((rooms += 1)));

test('a bundle is a file of its own, readable by its owner alone; two of one moment are two files', async () => {
  const directory = room();
  const files = createCrashFiles(directory);
  files.write({ service: 'web', at: AT, text: 'one' });
  files.write({ service: 'web', at: AT, text: 'two' });
  await files.idle();
  const names = readdirSync(join(directory, 'web')).sort();
  assert.deepEqual(names, ['2026-01-02T03-04-05.000Z.json', '2026-01-02T03-04-05.001Z.json']);
  assert.deepEqual(
    names.map((name) => readFileSync(join(directory, 'web', name), 'utf8')),
    ['one', 'two'],
  );
  assert.equal(statSync(join(directory, 'web', names[0] ?? '')).mode & 0o777, 0o600);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.deepEqual(files.problems(), []);
});

test('the newest ten of a service and two hundred of all stay; what was torn goes', async () => {
  const directory = room();
  const files = createCrashFiles(directory);
  for (let service = 0; service < 21; service += 1) {
    for (let n = 0; n < 12; n += 1) {
      files.write({ service: `s${service}`, at: AT + 60_000 * service + n, text: `${service} ${n}` });
      await files.idle();
    }
    writeFileSync(join(directory, `s${service}`, '.torn.json.tmp'), 'x');
  }
  files.write({ service: 's20', at: AT + 60_000 * 20 + 12, text: 'last' });
  await files.idle();
  const last = readdirSync(join(directory, 's20')).sort();
  assert.equal(last.length, 10);
  assert.equal(readFileSync(join(directory, 's20', last.at(-1) ?? ''), 'utf8'), 'last');
  const all = readdirSync(directory).flatMap((one) => readdirSync(join(directory, one)));
  assert.equal(all.filter((name) => name.endsWith('.json')).length, 200);
  assert.deepEqual(readdirSync(join(directory, 's0')), ['.torn.json.tmp'], 'the oldest of all went first');
});

test('what cannot be written is dropped and said, until something can be written again', async () => {
  const directory = room();
  writeFileSync(directory, 'a file where the folder should be');
  const files = createCrashFiles(directory);
  for (let n = 0; n < 40; n += 1) files.write({ service: 'web', at: AT, text: 'x' });
  await files.idle();
  assert.match(files.problems()[0] ?? '', /^crash bundles cannot be written to .* \((ENOTDIR|EEXIST)\); 40 dropped$/);
  rmSync(directory);
  mkdirSync(directory);
  chmodSync(directory, 0o700);
  files.write({ service: 'web', at: AT, text: 'x' });
  await files.idle();
  assert.deepEqual(files.problems(), []);
});
