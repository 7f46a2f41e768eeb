import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createProber } from '../../../src/registry/runners.ts';
import { context, eventually } from '../context.ts';

const folder = mkdtempSync(join(tmpdir(), 'mainstay-exec-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const prober = createProber();
const sh = (script: string, options: Parameters<typeof context>[0] = {}) =>
  prober.probe('exec', { command: ['sh', '-c', script, 'sh', folder] }, context(options));

test('exit code 0 passes, with the first line of the output', async () => {
  const seen = await sh('echo; echo " accepting connections "; echo more');
  assert.equal(seen.status, 'pass');
  assert.equal(seen.message, 'accepting connections');
  assert.deepEqual(seen.data, { exit_code: 0 });
  assert.ok(seen.latencyMs > 0);
});

test('other exit codes and signals fail, with what stderr said', async () => {
  for (const code of [1, 2, 3, 255]) {
    const seen = await sh(`echo no response >&2; exit ${code}`);
    assert.deepEqual([seen.status, seen.message], ['fail', `no response (exit code ${code})`]);
  }
  const silent = await sh('exit 7');
  assert.equal(silent.message, 'sh: exit code 7');
  const killed = await sh('kill -SEGV $$');
  assert.deepEqual([killed.status, killed.message], ['fail', 'sh was killed by SIGSEGV']);
});

test('what cannot be run says nothing about the service', async () => {
  const missing = await prober.probe('exec', { command: ['no-such-program-anywhere'] }, context());
  assert.deepEqual(
    [missing.status, missing.message],
    ['unknown', 'cannot run no-such-program-anywhere: there is no such program'],
  );
  const file = join(folder, 'plain.txt');
  writeFileSync(file, 'text', { mode: 0o644 });
  const plain = await prober.probe('exec', { command: [file] }, context());
  assert.deepEqual([plain.status, plain.message], ['unknown', `cannot run ${file}: it may not be executed`]);
  const nowhere = await prober.probe(
    'exec',
    { command: ['true'] },
    { ...context(), workingDirectory: join(folder, 'gone') },
  );
  assert.equal(nowhere.status, 'unknown');
  assert.match(nowhere.message, /the directory .*gone cannot be used/);
  const inside = await sh('no-such-program-anywhere');
  assert.equal(inside.status, 'unknown');
  assert.match(inside.message, /not found \(exit code 127\)/);
  const invalid = await prober.probe('exec', { command: ['tr\0ue'] }, context());
  assert.equal(invalid.status, 'unknown');
});

test('arguments reach the program as they are, and only the given environment', async () => {
  const odd = `a b;"$HOME"'\n`;
  const script = 'process.stdout.write(JSON.stringify([process.argv[1], Object.keys(process.env).sort()]))';
  const seen = await prober.probe('exec', { command: [process.execPath, '-e', script, odd] }, context());
  assert.deepEqual(JSON.parse(seen.message), [odd, ['PATH']]);
});

test('at the deadline the program and what it started are killed', async () => {
  const pids = join(folder, 'pids');
  const seen = await sh(
    `trap '' TERM; sleep 300 & echo $! > "$1/pids"; echo $$ >> "$1/pids"; echo started; sleep 300`,
    {
      timeoutMs: 1500,
    },
  );
  assert.deepEqual([seen.status, seen.message], ['fail', 'sh still ran after 1.5 s; killed']);
  const alive = () => readFileSync(pids, 'utf8').trim().split('\n').filter(isAlive);
  await eventually('both processes are gone', () => alive().length === 0);
});

test('a result that is no longer wanted ends the program too, and is unknown', async () => {
  const stop = new AbortController();
  const marker = join(folder, 'began');
  const pending = sh('echo $$ > "$1/began"; sleep 300', { cancel: stop.signal });
  await eventually('the program runs', () => existsSync(marker) && readFileSync(marker, 'utf8').endsWith('\n'));
  stop.abort();
  const seen = await pending;
  assert.deepEqual([seen.status, seen.message], ['unknown', 'cancelled while sh ran']);
  await eventually('it is gone', () => !isAlive(readFileSync(marker, 'utf8').trim()));
  const never = await sh('echo > "$1/never"', { cancel: stop.signal });
  assert.equal(never.status, 'unknown');
  assert.equal(existsSync(join(folder, 'never')), false);
});

test('what it leaves running does not outlive it, nor delay the result', async () => {
  const seen = await sh('sleep 300 & echo $! > "$1/left"; echo done');
  assert.deepEqual([seen.status, seen.message], ['pass', 'done']);
  await eventually('the rest is gone', () => !isAlive(readFileSync(join(folder, 'left'), 'utf8').trim()));
});

test('any amount of output is taken, and little of it kept', async () => {
  const seen = await sh(`head -c 3000000 /dev/zero | tr '\\0' x; exit 1`);
  assert.equal(seen.status, 'fail');
  assert.ok(seen.message.length <= 300, String(seen.message.length));
});

test('secrets of the environment do not appear in messages', async () => {
  const seen = await sh('echo "cannot log in with $DB_PASSWORD at postgres://joe:hunter22@db/x"; exit 1', {
    environment: { DB_PASSWORD: 'correct horse' },
  });
  assert.equal(seen.message, 'cannot log in with *** at postgres://***@db/x (exit code 1)');
});

/** Whether a process lives; a zombie does not. */
function isAlive(pid: string): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
