/** `mainstay heartbeat`: reports, jobs that are run, and addresses. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { HeartbeatRequest } from '@mainstay/protocol';
import { answer, fakeDaemon, projectDirectory } from './support/fake-daemon.ts';
import { mainstay } from './support/terminal.ts';

const FILE = `
services: { web: { command: [sleep, "1"] } }
checks: { nightly: { heartbeat: 24h }, weekly: { heartbeat: { schedule: "0 3 * * 0" } } }
`;
const HEARD = { 'POST /api/v1/heartbeats/nightly': answer({ written: true }) };

function project(more = '') {
  const made = projectDirectory();
  writeFileSync(join(made.directory, 'mainstay.yaml'), FILE + more);
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };
  return { ...made, run: (...argv: string[]) => mainstay(['heartbeat', ...argv], { cwd: made.directory, env }) };
}

test('a job is run between two reports, and its exit code is passed on', async () => {
  using made = project();
  await using daemon = await fakeDaemon(made.stateDir, HEARD);
  const proof = join(made.directory, 'proof');
  const ran = await made.run('nightly', '--', 'sh', '-c', 'echo "$1" > "$2"; exit 3', 'sh', 'a  b', proof);
  assert.equal(ran.code, 3);
  assert.equal(readFileSync(proof, 'utf8'), 'a  b\n');
  const signals = (): unknown[] => daemon.asked.map(({ body }) => body);
  assert.deepEqual(signals(), [{ signal: 'start' }, { signal: 'fail', code: 3 }]);
  assert.equal((await made.run('nightly', '--', 'true')).code, 0);
  assert.equal((await made.run('nightly', '--', 'sh', '-c', 'kill -KILL $$')).code, 137);
  assert.equal((await made.run('nightly', '--', './no-such-job')).code, 127);
  assert.deepEqual(signals().slice(2), [
    { signal: 'start' },
    { signal: 'success', code: 0 },
    { signal: 'start' },
    { signal: 'fail', code: 137 },
    { signal: 'start' },
    { signal: 'fail', code: 127, message: './no-such-job: there is no such program' },
  ]);
});

test('without a daemon the job is done all the same, and that nobody heard is said', async () => {
  using made = project();
  const ran = await made.run('nightly', '--', 'sh', '-c', 'exit 4');
  assert.equal(ran.code, 4);
  assert.equal(ran.err.match(/cannot report: cannot reach the daemon/g)?.length, 2);
  assert.equal((await made.run('nightly')).code, 1, 'there was nothing to do but to report');
});

test('a report by itself says what it is', async () => {
  using made = project();
  await using daemon = await fakeDaemon(made.stateDir, HEARD);
  assert.deepEqual(await made.run('nightly', '--message', '12 rows'), { code: 0, out: '', err: '' });
  await made.run('nightly', '--fail');
  await made.run('nightly', '--start');
  const bodies = daemon.asked.map(({ body }) => body as HeartbeatRequest);
  assert.deepEqual(
    bodies.map(({ signal, message }) => [signal, message]),
    [
      ['success', '12 rows'],
      ['fail', ''],
      ['start', ''],
    ],
  );
  assert.equal((await made.run('nightly', '--fail', '--start')).code, 2);
  assert.equal((await made.run('nightly', '--fail', '--', 'true')).code, 2);
  assert.equal((await made.run()).code, 2);
});

test('each heartbeat has an address of its own, which stays the same', async () => {
  using made = project('api: { listen: "[::1]:7070" }\n');
  const nightly = await made.run('nightly', '--url');
  assert.match(nightly.out, /^http:\/\/\[::1\]:7070\/ping\/[\w-]{32}\n$/, nightly.err);
  assert.equal((await made.run('nightly', '--url')).out, nightly.out);
  assert.notEqual((await made.run('weekly', '--url')).out, nightly.out);
  assert.equal(statSync(join(made.directory, 'keys.heartbeats')).mode & 0o777, 0o600);
  assert.match((await made.run('nighty', '--url')).err, /no heartbeat of that name[^]*nightly, weekly/);
  using without = project();
  assert.match((await without.run('nightly', '--url')).err, /mainstay\.yaml has no api/);
});
