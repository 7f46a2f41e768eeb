// The test runner notices everything that is wrong with a test: a runner that does not would make all others worthless.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeTree } from './tree.ts';

const runner = fileURLToPath(new URL('../../scripts/test.ts', import.meta.url));
const USE = "import { test } from 'node:test';\n";

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly last: string;
}

/** Runs the runner over test files of a tree of its own; no gate, because filters are given. */
function run(files: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}, filters = ['test/']): Run {
  using tree = makeTree(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`test/${name}.test.ts`, text])),
  );
  const clean = { ...process.env, CI: '', NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [runner, ...filters], {
    env: { ...clean, MAINSTAY_TEST_ROOT: tree.root, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  return { code: status, out: stdout + stderr, last: stdout.trimEnd().split('\n').at(-1) ?? '' };
}

test('counts what passed and ends with the line', () => {
  const { code, last } = run({ a: `${USE}test('x', () => {}); test('y', () => {});`, b: `${USE}test('z', () => {});` });
  assert.deepEqual({ code, last }, { code: 0, last: '3 passed, 0 failed' });
});

test('a failing test, in a suite and in a parent, counts once and is shown', () => {
  const { code, last, out } = run({
    a: `import { describe, test } from 'node:test';
        describe('suite', () => { test('bad', () => { throw new Error('broken glass'); }); });
        test('parent', async (t) => { await t.test('child', () => { throw new Error('spilt milk'); }); });`,
  });
  assert.deepEqual({ code, last }, { code: 1, last: '0 passed, 2 failed' });
  assert.match(out, /suite › bad\n +Error: broken glass/);
  assert.match(out, /parent › child\n +Error: spilt milk/);
});

test('a file that crashes, that does not parse, that dies and that has no test fail', () => {
  const { code, last, out } = run({
    crash: `${USE}test('x', () => {}); setTimeout(() => { throw new Error('later'); }, 50);`,
    parse: 'const = 1;',
    dies: `${USE}test('x', () => { process.kill(process.pid, 'SIGKILL'); });`,
    empty: 'export {};',
    exits: `${USE}test('x', () => { process.exit(3); });`,
  });
  assert.equal(code, 1);
  assert.equal(last, '1 passed, 5 failed');
  assert.match(out, /later/);
  assert.match(out, /killed by SIGKILL/);
  assert.match(out, /contains no test/);
});

test('a file that hangs is ended at its timeout and fails', () => {
  const hang = `${USE}test('x', () => new Promise(() => setInterval(() => {}, 1000)));`;
  const { code, last, out } = run({ a: hang }, { MAINSTAY_TEST_FILE_TIMEOUT: '2000' });
  assert.deepEqual({ code, last }, { code: 1, last: '0 passed, 1 failed' });
  assert.match(out, /still running after 2 s/);
});

test('a process, a file and a hidden process left behind fail and are removed', async () => {
  const { code, last, out } = run({
    a: `${USE}import { spawn } from 'node:child_process'; import { mkdtempSync } from 'node:fs'; import { tmpdir } from 'node:os';
        const leave = (options) => spawn('sleep', ['600'], { detached: true, stdio: 'ignore', ...options }).unref();
        test('x', () => { leave({}); leave({ env: {}, cwd: mkdtempSync(tmpdir() + '/left-') }); });`,
  });
  assert.deepEqual({ code, last }, { code: 1, last: '1 passed, 3 failed' });
  const pids = [...out.matchAll(/process (\d+) was still running \(killed now\): sleep 600/g)].map(([, pid]) =>
    Number(pid),
  );
  assert.equal(pids.length, 2);
  for (const pid of pids) await until(() => !isRunning(pid));
  assert.match(out, /left-\w+ in the temporary directory/);
});

test('a skipped test is counted with how to run it, and fails under CI', () => {
  const files = { a: `${USE}test('x', { skip: 'needs a disk' }, () => {}); test('y', () => {});` };
  const here = run(files);
  assert.equal(here.code, 0);
  assert.match(here.last, /^1 passed, 0 failed, 1 skipped \(to run them, .*npm test -- test\/a\.test\.ts\)$/);
  assert.match(here.out, /needs a disk/);
  const ci = run(files, { CI: 'true' });
  assert.deepEqual({ code: ci.code, last: ci.last }, { code: 1, last: '1 passed, 1 failed' });
});

test('a filter that fits nothing and an unknown option are refused', () => {
  const files = { a: `${USE}test('x', () => {});` };
  assert.deepEqual(run(files, {}, ['nothing']).last, '0 passed, 1 failed');
  assert.equal(run(files, {}, ['--what']).code, 2);
});

test('tests see a closed stdin, their own temporary directory and the notes they write are shown', () => {
  const { code, out } = run({
    a: `${USE}import assert from 'node:assert'; import { readFileSync } from 'node:fs'; import { tmpdir } from 'node:os';
        test('x', (t) => { assert.equal(readFileSync(0, 'utf8'), ''); assert.match(tmpdir(), /ms-.*\\/t$/); t.diagnostic('seed 42'); });`,
  });
  assert.equal(code, 0, out);
  assert.match(out, /seed 42/);
});

/** A zombie that nobody has waited for yet is not running: it has no arguments. */
function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(20);
}
