// The kind logs: real files that grow, rotate in every way, are emptied, and are too much. (C9, S3, S12)
import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MOST } from '../../../src/kinds/checks/logs/follow.ts';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { context } from '../context.ts';
import { makeFolder } from '../servers/program.ts';
import { mountSilentDisk } from '../servers/silent-disk.ts';

type Options = Parameters<typeof context>[0];

const probe = (target: Record<string, unknown>, options: Options = {}) =>
  createProber().probe('logs', CHECKS['logs']!.schema.parse(target), context(options));

/** A check of one log that has run once: what is written from now on counts. */
async function watching(target: Record<string, unknown>, options: Options = {}) {
  const memory = {};
  const again = async (): Promise<Record<string, number>> => {
    const seen = await probe(target, { ...options, memory });
    assert.equal(seen.status, 'pass', seen.message);
    return seen.data as Record<string, number>;
  };
  await again();
  return again;
}

test('lines that match, of those written since the first run; a line without an end waits for it', async () => {
  using folder = makeFolder('logs');
  const path = join(folder.path, 'app.log');
  writeFileSync(path, 'ERROR long ago\n');
  const again = await watching({ path, match: '/ERROR|CRITICAL/', ignore: 'harmless' });
  appendFileSync(path, 'INFO a\nERROR b\nERROR harmless\nCRITICAL ü\nERR');
  const { matches, lines, share, size } = await again();
  assert.deepEqual([matches, lines, share, size], [2, 4, 50, statSync(path).size]);
  appendFileSync(path, 'OR the rest\n');
  assert.equal((await again())['matches'], 3);
  assert.equal((await again())['matches'], 3);
});

test('lines older than the time that is looked at no longer count', async () => {
  using folder = makeFolder('logs');
  const path = join(folder.path, 'app.log');
  writeFileSync(path, '');
  const memory = {};
  let minutes = 0;
  const target = CHECKS['logs']!.schema.parse({ path, over: '5m' });
  const at = async (): Promise<number> => {
    const seen = await createProber().probe('logs', target, {
      ...context({ memory }),
      monotonicMs: () => minutes * 60_000,
    });
    return Number(seen.data!['matches']);
  };
  assert.equal(await at(), 0);
  const counts: number[] = [];
  for (minutes = 1; minutes <= 8; minutes += 1) {
    if (minutes === 2) appendFileSync(path, 'x\ny\n');
    counts.push(await at());
  }
  assert.deepEqual(counts, [0, 2, 2, 2, 2, 2, 0, 0]);
});

test('rotation: renamed, copied and emptied, replaced at once by a longer one, gone', async () => {
  using folder = makeFolder('logs');
  const path = join(folder.path, 'app.log');
  writeFileSync(path, 'before\n');
  const again = await watching({ path });
  appendFileSync(path, '1\n2\n');
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, '3\nno end');
  writeFileSync(path, '5\n');
  assert.equal((await again())['matches'], 5);
  copyFileSync(path, `${path}.2`);
  truncateSync(path, 0);
  assert.equal((await again())['matches'], 5);
  appendFileSync(path, '6\n');
  assert.equal((await again())['matches'], 6);
  rmSync(path);
  writeFileSync(join(folder.path, 'new'), 'a longer line than all before\n7\n');
  renameSync(join(folder.path, 'new'), path);
  assert.equal((await again())['matches'], 8);
});

test('much at once: the newest is read, the rest is left out and said; a line without an end does not grow for ever', async () => {
  using folder = makeFolder('logs');
  const path = join(folder.path, 'app.log');
  writeFileSync(path, '');
  const memory = {};
  await probe({ path }, { memory });
  const line = `${'x'.repeat(1023)}\n`;
  appendFileSync(path, line.repeat(MOST / 1024 + 100));
  const much = await probe({ path }, { memory });
  assert.match(much.message, /, 100 KiB left out$/);
  assert.equal(much.data!['matches'], MOST / 1024 - 1);
  appendFileSync(path, `${'y'.repeat(200_000)} end\nz\n`);
  assert.equal(
    (await probe({ path, match: 'y' }, { memory: structuredClone(memory) })).data!['lines'],
    MOST / 1024 + 1,
  );
});

test('the log of a service, in one file or in two', async () => {
  using folder = makeFolder('logs');
  const logs = ['web.out.log', 'web.err.log'].map((name) => join(folder.path, name));
  for (const path of logs) writeFileSync(path, 'start\n');
  const facts = (instance: `${string}/${number}`) => ({
    instance,
    pid: null,
    resources: { memory: null, memoryReservation: null, cpus: null, pids: null },
    logs,
  });
  const services = { web: [facts('web/0'), facts('web/1')] };
  const again = await watching({ service: 'web', match: 'oops' }, { services });
  appendFileSync(logs[0]!, 'fine\n');
  appendFileSync(logs[1]!, 'oops\n');
  const { matches, lines, share } = await again();
  assert.deepEqual([matches, lines, share], [1, 2, 50]);
  const stranger = await probe({ service: 'other' }, { services });
  assert.deepEqual(
    [stranger.status, stranger.message],
    ['unknown', 'there is no service "other", or no daemon to ask'],
  );
});

test('silence, and files that are missing or none', async () => {
  using folder = makeFolder('logs');
  const path = join(folder.path, 'app.log');
  const missing = await probe({ path });
  assert.deepEqual([missing.status, missing.message], ['fail', `${path}: is missing`]);
  writeFileSync(path, '');
  const then = Date.now() / 1000 - 7200;
  utimesSync(path, then, then);
  const { data } = await probe({ path });
  assert.ok(Math.abs(Number(data!['silence']) - 7200) < 60);
  assert.equal(data!['share'], 0);
  mkdirSync(join(folder.path, 'folder'));
  assert.equal((await probe({ path: join(folder.path, 'folder') })).status, 'unknown');
});

test('a file system that does not answer fails', async (t) => {
  using folder = makeFolder('logs');
  await using silent = await mountSilentDisk(join(folder.path, 'silent'));
  if (silent === null) return t.skip('FUSE needs root');
  const seen = await probe({ path: join(silent.path, 'log') }, { timeoutMs: 300 });
  assert.equal(seen.status, 'fail');
  assert.match(seen.message, /^an answer of the file system of .* did not come within 0.3 s$/);
});
