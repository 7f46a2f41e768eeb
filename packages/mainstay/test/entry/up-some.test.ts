import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StatusReport } from '@mainstay/protocol';

const CLI = fileURLToPath(new URL('../../src/entry/cli.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'up-some-'));
const run = promisify(execFile);
const mainstay = (...args: string[]): Promise<{ stdout: string }> =>
  run(process.execPath, [CLI, '-f', directory, ...args], { env: { ...process.env, NO_COLOR: '1' } });

after(async () => {
  await mainstay('down', '--now').catch(() => {});
  rmSync(directory, { recursive: true, force: true });
});

async function states(): Promise<Record<string, string>> {
  const { stdout } = await mainstay('status', '--json').catch((error: { stdout: string }) => error);
  return Object.fromEntries((JSON.parse(stdout) as StatusReport).services.map((one) => [one.name, one.state]));
}

test('up with names starts these and what they need, and never the rest; up without names starts everything', async () => {
  const sleep = 'command: [sleep, "1000"]';
  writeFileSync(
    join(directory, 'mainstay.yaml'),
    `project: some\nservices:\n  db: { ${sleep} }\n  web: { ${sleep}, depends_on: [db] }\n  other: { ${sleep} }\n`,
  );
  await mainstay('up', '-d', 'web');
  assert.deepEqual(await states(), { db: 'ready', web: 'ready', other: 'stopped' });
  const events = readFileSync(join(directory, '.mainstay', 'logs', 'events.log'), 'utf8');
  assert.doesNotMatch(events, /other: .*starting/);
  assert.equal(existsSync(join(directory, '.mainstay', 'wanted.json')), false);

  await mainstay('stop', 'db', 'web');
  await mainstay('up', '-d');
  assert.deepEqual(await states(), { db: 'ready', web: 'ready', other: 'ready' });

  await mainstay('down');
  assert.deepEqual(readdirSync(join(directory, '.mainstay')).sort(), ['logs', 'mainstay.db']);
});

test('a task that fails while up starts the daemon has run once', async () => {
  const command = 'command: [sh, -c, "echo run >> runs; exit 4"]';
  writeFileSync(join(directory, 'mainstay.yaml'), `project: some\nservices:\n  migrate: { type: task, ${command} }\n`);
  await assert.rejects(mainstay('up', '-d'), /migrate is fatal: exit code 4/);
  assert.equal(readFileSync(join(directory, 'runs'), 'utf8'), 'run\n');
  await assert.rejects(mainstay('up', '-d'), /migrate is fatal: exit code 4/);
  assert.equal(readFileSync(join(directory, 'runs'), 'utf8'), 'run\nrun\n');
  await mainstay('down');
});
