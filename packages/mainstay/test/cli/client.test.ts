import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client } from '../../src/cli/client/index.ts';
import { open } from '../../src/cli/client/request.ts';
import { answer, fakeDaemon, progress, projectDirectory, statusReport } from './support/fake-daemon.ts';
import { collect, mainstay } from './support/terminal.ts';

const done = { type: 'done', ok: true, problems: [] };

test('no daemon: the command says so, how to start one, and exits 1', async () => {
  using project = projectDirectory();
  const { code, err } = await mainstay(['status', '-f', project.directory]);
  assert.equal(code, 1);
  assert.match(
    err,
    /^mainstay: cannot reach the daemon: none is running for mainstay-cli-\w+ \(no socket at .*\)\n {2}try: mainstay up -d\n$/,
  );
});

test('a socket left over by a killed daemon is recognised', async () => {
  using project = projectDirectory();
  const socket = join(project.stateDir, 'daemon.sock');
  const script = `require('net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`;
  const child = spawn(process.execPath, ['-e', script]);
  await new Promise((resolve) => child.once('exit', resolve));
  const bare = await mainstay(['status', '-f', project.directory]);
  assert.match(bare.err, /daemon\.sock is left over\)/);
  const identity = { bootId: 'x', pid: child.pid, startTime: '1' };
  writeFileSync(
    join(project.stateDir, 'daemon.json'),
    JSON.stringify({ pid: child.pid, socket, version: '0.1.0', startedAt: '', identity }),
  );
  const known = await mainstay(['status', '-f', project.directory]);
  assert.equal(known.code, 1);
  assert.match(known.err, new RegExp(`\\(the last one, process ${child.pid}, is gone\\)`));
  assert.match(known.err, /takes over what still runs/);
});

test('daemon.json names the socket to use', async () => {
  using project = projectDirectory();
  using elsewhere = projectDirectory();
  await using _daemon = await fakeDaemon(elsewhere.stateDir, { 'GET /status': answer(statusReport()) });
  const socket = join(elsewhere.stateDir, 'daemon.sock');
  writeFileSync(join(project.stateDir, 'daemon.json'), JSON.stringify({ pid: process.pid, socket }));
  const { code, out } = await mainstay(['status', '-f', project.directory]);
  assert.equal(code, 0);
  assert.match(out, /^shop has no services\n/);
});

test('a daemon that does not answer is given up after a time, with a message', async () => {
  using project = projectDirectory();
  await using _daemon = await fakeDaemon(project.stateDir, { 'GET /status': () => undefined });
  const socket = join(project.stateDir, 'daemon.sock');
  await assert.rejects(open(socket, 'GET', '/status', { timeoutMs: 200 }), {
    code: 'timeout',
    message: 'cannot reach the daemon: it did not answer within 0.2 s',
  });
});

test('an error of the daemon is passed on word for word, with its exit code', async () => {
  using project = projectDirectory();
  const error = { code: 'unknown-service', message: 'cannot stop wep: there is no such service', hint: 'web' };
  await using _daemon = await fakeDaemon(project.stateDir, {
    'GET /status': answer(statusReport()),
    'POST /api/v1/stop': answer({ error }, 404),
  });
  const people = await mainstay(['stop', 'wep', '-f', project.directory]);
  assert.deepEqual(people, { code: 2, out: '', err: `mainstay: ${error.message}\n  try: web\n` });
  const programs = await mainstay(['stop', 'wep', '--json', '-f', project.directory]);
  assert.equal(programs.code, 2);
  assert.deepEqual(JSON.parse(programs.out), { error });
  assert.equal(programs.err, '');
});

test('an error without a body is a defect, said in two lines', async () => {
  using project = projectDirectory();
  await using _daemon = await fakeDaemon(project.stateDir, {
    'GET /status': (_asked, response) => {
      response.statusCode = 500;
      response.end('oops');
    },
  });
  const { code, err } = await mainstay(['status', '-f', project.directory]);
  assert.equal(code, 1);
  assert.equal(
    err,
    'mainstay: cannot go on: the daemon answered with status 500 and no reason\n  this is a defect in mainstay; -v says where\n',
  );
  const verbose = await mainstay(['status', '-v', '-f', project.directory]);
  assert.match(verbose.err, /\n {4}at /);
});

test('a stream is read a line at a time however it is cut, and must end with done', async () => {
  using project = projectDirectory();
  const step = { type: 'step', name: 'wéb', instance: 0, state: 'starting', message: 'é' };
  const bytes = Buffer.from(`${JSON.stringify(step)}\n${JSON.stringify(done)}\n`);
  await using _daemon = await fakeDaemon(project.stateDir, {
    'POST /api/v1/start': (_asked, response) => {
      let at = 0;
      const next = (): void => {
        if (at >= bytes.length) return void response.end();
        response.write(bytes.subarray(at, at + 3), next);
        at += 3;
      };
      next();
    },
    'POST /api/v1/stop': progress(step),
    'POST /api/v1/restart': (_asked, response) => {
      response.write(`${JSON.stringify(step)}\n`, () => response.destroy());
    },
  });
  const client = new Client({ stateDir: project.stateDir, label: 'shop' });
  assert.deepEqual(await collect(client.progress('/api/v1/start', {})), [step, done]);
  await assert.rejects(collect(client.progress('/api/v1/stop', {})), { code: 'no-daemon' });
  await assert.rejects(collect(client.progress('/api/v1/restart', {})), { code: 'no-daemon' });
});

test('events are read from a server-sent stream; comments are left out', async () => {
  const lastIds: unknown[] = [];
  using project = projectDirectory();
  const event = {
    seq: 7,
    at: 1,
    type: 'instance.ready',
    instance: 'web/0',
    incarnation: 1,
    message: 'ready',
    data: {},
  };
  await using daemon = await fakeDaemon(project.stateDir, {
    'GET /api/v1/events': (_asked, response, request) => {
      lastIds.push(request.headers['last-event-id']);
      response.setHeader('content-type', 'text/event-stream');
      response.end(`: still here\n\nid: 7\ndata: ${JSON.stringify(event)}\n\n`);
    },
  });
  const client = new Client({ stateDir: project.stateDir, label: 'shop' });
  assert.deepEqual(await collect(client.events(null)), [event]);
  assert.deepEqual(await collect(client.events(6)), [event]);
  assert.deepEqual(lastIds, [undefined, '6']);
  assert.equal(daemon.asked.length, 2);
});

test('no daemon in a directory whose path is too long for a socket is no defect', async () => {
  using project = projectDirectory();
  const stateDir = join(project.stateDir, ...Array.from({ length: 6 }, () => 'abcdefghijklmnopqrstuvwxyz'));
  const { code, err } = await mainstay(['status', '--state-dir', stateDir]);
  assert.equal(code, 1);
  assert.match(err, /none is running for .* \(no socket at /);
});
