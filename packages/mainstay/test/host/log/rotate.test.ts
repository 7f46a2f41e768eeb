import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Gate } from '../../../src/host/log/gate.ts';
import { removeOld, shiftFiles } from '../../../src/host/log/rotate.ts';
import { RotatingFile } from '../../../src/host/log/rotating-file.ts';
import { temporaryFolder, wholeLog } from './kit/folder.ts';

class Killed extends Error {}

/** Files of a log, each with an index that says which it belongs to. */
function contents(folder: string): Record<string, string> {
  return Object.fromEntries(
    fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]),
  );
}

test('interrupted between any two renames, nothing is lost and every index stays with its file', async (t) => {
  for (let interruptions = 1; interruptions <= 8; interruptions++) {
    const folder = temporaryFolder(t);
    const file = path.join(folder, 'web.log');
    for (const [index, name] of [file, `${file}.1`, `${file}.2`].entries()) {
      fs.writeFileSync(name, `file ${index}`);
      fs.writeFileSync(`${name}.idx`, `file ${index}`);
    }
    let left = interruptions;
    const interrupted = shiftFiles(file, 5, () => {
      if (--left === 0) throw new Killed();
    });
    await interrupted.catch((error: unknown) => assert.ok(error instanceof Killed));
    if (fs.existsSync(file)) await shiftFiles(file, 5);
    const found = contents(folder);
    const files = Object.entries(found).filter(([name]) => !name.endsWith('.idx'));
    assert.deepEqual(files.map(([, text]) => text).sort(), ['file 0', 'file 1', 'file 2']);
    for (const [name, text] of files) assert.equal(found[`${name}.idx`], text, `${name} after ${interruptions}`);
  }
});

test('the oldest goes when there are enough, and what is too old', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'web.log');
  for (let round = 0; round < 5; round++) {
    fs.writeFileSync(file, `round ${round}`);
    await shiftFiles(file, 3);
  }
  assert.deepEqual(contents(folder), { 'web.log.1': 'round 4', 'web.log.2': 'round 3' });
  fs.utimesSync(`${file}.2`, 1, 1);
  await removeOld(file, { maxSize: 1, maxFiles: 3, maxAge: 60_000 }, Date.now());
  assert.deepEqual(contents(folder), { 'web.log.1': 'round 4' });
});

test("mainstay's own logs rotate and lose nothing", async (t) => {
  const folder = temporaryFolder(t);
  const policy = { maxSize: 1000, maxFiles: 1000, maxAge: 86_400_000 };
  const log = new RotatingFile(path.join(folder, 'events.log'), policy, new Gate());
  const lines = Array.from({ length: 500 }, (_, index) => `event ${index}`);
  for (const line of lines) {
    log.write(line);
    if (line.endsWith('7')) assert.ok(await log.flush(30_000));
  }
  assert.ok(await log.flush(30_000));
  await log.close();
  assert.equal(wholeLog(folder, 'events.log').toString(), `${lines.join('\n')}\n`);
  assert.ok(fs.readdirSync(folder).length > 3);
});
