// The kind docker: what the socket of an engine answers, and what that means. The engine here is a server that speaks its few words:
// a real one needs a machine of its own. Its answers are those of Docker 20.10, shortened. (C15, P4)
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { context } from '../context.ts';
import { makeFolder } from '../servers/program.ts';

const folder = makeFolder('docker');
const socket = join(folder.path, 'engine.sock');
let server: Server;
/** What it says of the container "web": a status and a body; null: nothing at all. */
let answer: { status: number; body: unknown } | null = null;
before(async () => {
  server = createServer((request, response) => {
    if (answer === null) return;
    const isWeb = request.method === 'GET' && request.url === '/containers/web%2Fone/json';
    const { status, body } = isWeb ? answer : { status: 404, body: { message: 'No such container' } };
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  }).listen(socket);
  await once(server, 'listening');
});
after(() => {
  server.closeAllConnections();
  server.close();
  folder[Symbol.dispose]();
});

const probe = (target: Record<string, unknown> = {}, options: Parameters<typeof context>[0] = {}) =>
  createProber().probe(
    'docker',
    CHECKS['docker']!.schema.parse({ container: 'web/one', socket, ...target }),
    context(options),
  );

function container(state: Record<string, unknown>, restarts = 0) {
  const StartedAt = new Date(Date.now() - 7_200_000).toISOString();
  const State = { Status: 'running', OOMKilled: false, ExitCode: 0, Error: '', StartedAt, ...state };
  return { status: 200, body: { State, RestartCount: restarts } };
}

const health = (Status: string) => ({ Health: { Status, Log: [{ Output: 'old' }, { Output: 'queue is stuck\n' }] } });

test('a container that runs, with and without a health check of its own', async () => {
  answer = container({});
  const seen = await probe();
  assert.deepEqual([seen.status, seen.message], ['pass', 'web/one: runs since 2 h']);
  assert.deepEqual({ ...seen.data, age: 0 }, { state: 'running', restarts: 0, age: 0 });
  for (const status of ['starting', 'healthy']) {
    answer = container(health(status));
    const { status: result, message } = await probe();
    assert.deepEqual([result, message], ['pass', `web/one: runs since 2 h, ${status}`]);
  }
});

test('unhealthy, ended, paused, never started, being restarted, missing', async () => {
  const cases: [Record<string, unknown>, string][] = [
    [health('unhealthy'), 'is unhealthy: queue is stuck'],
    [{ Status: 'exited', ExitCode: 7 }, 'has ended with exit code 7'],
    [{ Status: 'exited', ExitCode: 137, OOMKilled: true }, 'has ended for want of memory'],
    [
      { Status: 'exited', ExitCode: 127, Error: 'exec: "x": not found' },
      'has ended with exit code 127 (exec: "x": not found)',
    ],
    [{ Status: 'paused' }, 'is paused'],
    [{ Status: 'created', StartedAt: '0001-01-01T00:00:00Z' }, 'was never started'],
    [{ Status: 'restarting', ExitCode: 3 }, 'is restarted again and again; it ended with exit code 3'],
    [{ Status: 'dead' }, 'is dead'],
  ];
  for (const [state, message] of cases) {
    answer = container(state);
    const seen = await probe();
    assert.deepEqual([seen.status, seen.message], ['fail', `web/one: ${message}`]);
  }
  const missing = await probe({ container: 'other' });
  assert.deepEqual([missing.status, missing.message], ['fail', 'other: there is no such container']);
});

test('one that is restarted again and again fails, also while it runs; one that was once is well again', async () => {
  const memory = {};
  let minutes = 0;
  const target = CHECKS['docker']!.schema.parse({ container: 'web/one', socket });
  const at = async (when: number, restarts: number): Promise<string> => {
    minutes = when;
    answer = container({}, restarts);
    const seen = await createProber().probe('docker', target, {
      ...context({ memory }),
      monotonicMs: () => minutes * 60_000,
    });
    return `${seen.status} ${seen.data!['restarts']}`;
  };
  assert.equal(await at(0, 5), 'pass 0');
  assert.equal(await at(1, 6), 'pass 1');
  assert.equal(await at(2, 7), 'pass 2');
  assert.equal(await at(3, 8), 'fail 3');
  assert.equal(await at(9, 8), 'fail 3');
  assert.equal(await at(10.5, 8), 'pass 2');
  assert.equal(await at(20, 8), 'pass 0');
  // Started by hand, the engine counts from 0.
  assert.equal(await at(21, 0), 'pass 0');
  assert.equal(await at(22, 3), 'fail 3');
  answer = container({ StartedAt: new Date().toISOString() }, 14);
  const first = await probe();
  assert.equal(first.status, 'fail');
  assert.match(first.message, /was restarted 14 times, last \d+ s ago$/);
});

test('an engine that errs, is another server, does not answer or is not there says nothing about the container', async () => {
  for (const other of [
    { status: 500, body: { message: 'oops' } },
    { status: 200, body: '<html>' },
    { status: 200, body: [] },
  ]) {
    answer = other;
    const seen = await probe();
    assert.deepEqual(
      [seen.status, seen.message],
      ['unknown', `${socket}: what answers (status ${other.status}) is no engine`],
    );
  }
  answer = null;
  const frozen = await probe({}, { timeoutMs: 400 });
  assert.deepEqual([frozen.status, frozen.message], ['unknown', `${socket}: an answer did not come within 0.4 s`]);
  const absent = await probe({ socket: `${socket}.none` });
  assert.deepEqual([absent.status, absent.message], ['unknown', `${socket}.none: there is no such socket`]);
});
