// The interface over TCP: keys, a port that is taken, a change of the file, and a disk that takes no writes.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { HealthReport, ObservationStatus } from '@mainstay/protocol';
import { NEEDS_DISK } from '../support/disk.ts';
import { freePorts } from '../support/ports.ts';
import { look, signal } from '../support/processes.ts';
import { System } from '../support/system.ts';
import { crash, degraded, upOnDisk, VICTIM } from './disk/on-disk.ts';

const SERVICE = '  web: { command: [sleep, "86400"] }';
const api = (port: number): string => `api: { listen: "127.0.0.1:${port}", keys_file: ./keys }`;

interface Answer {
  status: number;
  body: string;
}

/** Status 0: nobody listens, or no more. */
function get(port: number, path: string, key?: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve) => {
    const headers = key === undefined ? {} : { 'x-api-key': key };
    const options = { port, host: '127.0.0.1', path, method, headers, agent: false, timeout: 60_000 };
    const sent = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', () => resolve({ status: 0, body }));
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve({ status: 0, body: '' }));
    sent.end();
  });
}

async function answers(system: System, port: number, path: string, status: number): Promise<Answer> {
  let answer: Answer = { status: 0, body: '' };
  const what = `${path} on ${port} answers ${status}`;
  await system.eventually(what, async () => (answer = await get(port, path)).status === status);
  return answer;
}

test('a taken port is told with its holder, a changed file is followed, and nothing is restarted', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as AddressInfo;
  const system = new System(`project: net\nservices:\n${SERVICE}\n${api(port)}\n`);
  t.after(() => system.end());
  t.after(() => holder.close());

  await system.succeeds('up', '-d');
  const before = await system.pids();
  await degraded(system, new RegExp(`cannot listen on 127.0.0.1:${port}: process ${process.pid} \\(.*holds the port`));
  await new Promise((resolve) => holder.close(resolve));
  const first = await answers(system, port, '/health', 200);
  assert.deepEqual((JSON.parse(first.body) as HealthReport).services, { web: 'up' });
  await degraded(system, null);

  const key = (await system.succeeds('keys', 'add', 'reader')).trim();
  assert.equal((await get(port, '/status')).status, 401);
  assert.equal((await get(port, '/status', key)).status, 200);
  assert.equal((await get(port, '/api/v1/down', key, 'POST')).status, 403);
  await system.succeeds('keys', 'remove', 'reader');
  assert.equal((await get(port, '/status', key)).status, 401);

  const [other] = await freePorts(1);
  system.write('mainstay.yaml', `project: net\nservices:\n${SERVICE}\n${api(other!)}\n`);
  assert.match(await system.succeeds('plan'), new RegExp(`api\\.port.*${port}.*${other}`));
  await system.succeeds('apply');
  await answers(system, other!, '/health/ready', 200);
  assert.equal((await get(port, '/health')).status, 0);

  const daemon = system.daemon();
  assert.ok(daemon !== null);
  signal(daemon, 'SIGKILL');
  await system.eventually('it is gone', () => look(daemon.pid)?.startTime !== daemon.startTime);
  await answers(system, other!, '/health/live', 200);
  await system.succeeds('stop', 'web');
  assert.equal((await get(other!, '/health/ready')).status, 200, 'it is not wanted');

  system.write('mainstay.yaml', `project: net\nservices:\n${SERVICE}\n`);
  await system.succeeds('start', 'web');
  await system.succeeds('apply');
  await system.eventually('nobody listens', async () => (await get(other!, '/health')).status === 0);
  assert.notEqual(before['web/0'], undefined);
  await system.down();
});

test('it answers while the disk takes no writes, and services are repaired', async (t) => {
  const [port] = await freePorts(1);
  const made = await upOnDisk(t, `${VICTIM}\n${api(port!)}`);
  if (made === null) return t.skip(NEEDS_DISK);
  const { system, disk } = made;
  const key = (await system.succeeds('keys', 'add', 'reader')).trim();
  await answers(system, port!, '/health/ready', 200);
  assert.equal((await get(port!, '/health/detailed', key)).status, 200);
  await disk.freeze();
  await crash(system, 'victim');
  await degraded(system, /the journal waits for the disk/);
  for (const path of ['/health', '/health/live', '/health/ready']) assert.equal((await get(port!, path)).status, 200);
  const detailed = await get(port!, '/health/detailed', key);
  assert.equal(detailed.status, 200);
  assert.match(detailed.body, /the journal waits for the disk/);
  await disk.thaw();
  await system.down();
});

test('jobs report by the command line and by their address; what they said outlives the daemon', async (t) => {
  const [port] = await freePorts(1);
  const system = new System(`
project: jobs
services:
${SERVICE}
checks:
  nightly: { heartbeat: 24h, interval: 1s }
  pulse: { heartbeat: { every: 2s, grace: 0s }, interval: 1s }
${api(port!)}
`);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  const stands = (name: string, wanted: ObservationStatus, message: RegExp): Promise<void> =>
    system.eventually(`${name} is ${wanted}`, async () => {
      const found = (await system.answers()).checks.find((check) => check.name === name);
      return found?.status === wanted && message.test(found.message);
    });
  await stands('pulse', 'fail', /a report has been due for/);
  await stands('nightly', 'unknown', /it has not reported yet/);
  const { code } = await system.mainstay('heartbeat', 'nightly', '--', 'sh', '-c', 'exit 3');
  assert.equal(code, 3);
  await stands('nightly', 'fail', /failed .* ago with exit code 3/);

  const url = new URL(await system.succeeds('heartbeat', 'nightly', '--url'));
  assert.equal((await get(port!, `${url.pathname}0`)).status, 404);
  assert.deepEqual(await get(port!, url.pathname), { status: 200, body: '{"status":"ok","written":true}' });
  await stands('nightly', 'pass', /reported .* ago/);

  const daemon = system.daemon();
  assert.ok(daemon !== null);
  signal(daemon, 'SIGKILL');
  await system.eventually('it is gone', () => look(daemon.pid)?.startTime !== daemon.startTime);
  await stands('nightly', 'pass', /reported .* ago/);
  const secret = url.pathname.split('/').at(-1)!;
  for (const file of ['mainstay.log', 'events.log', 'checks.log', 'guardian.log'])
    assert.ok(!system.read(`.mainstay/logs/${file}`).includes(secret), file);
  await system.down();
});
