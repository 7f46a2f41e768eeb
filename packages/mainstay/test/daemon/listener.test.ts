/** The interface over TCP, on real sockets, of a daemon over a virtual machine. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http, { type IncomingHttpHeaders } from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import type { DetailedHealthReport, HealthReport } from '@mainstay/protocol';
import type { ApiKey } from '../../src/core/access/index.ts';
import type { ApiPlan } from '../../src/core/plan/index.ts';
import { Listener } from '../../src/daemon/api/listener/index.ts';
import { checkPlan, planOf, servicePlan, SIM_CHECK } from '../../src/sim/index.ts';
import { freePorts } from '../../../../test/support/ports.ts';
import { eventually } from '../../../../test/support/wait.ts';
import { answered, createWorld, type World } from './world.ts';

const PLAN = planOf([servicePlan('web', { environment: { PASSWORD: 'hunter22' } }), servicePlan('db')], {
  checks: [checkPlan('site', { kind: SIM_CHECK, target: { of: 'site' }, interval: 1_000, retries: 1 })],
});

const KEYS: ApiKey[] = (['read', 'control'] as const).map((scope) => ({
  name: scope,
  scope,
  hash: createHash('sha256').update(`key-${scope}`).digest('hex'),
  created: 'now',
}));

interface Listening extends AsyncDisposable {
  world: World;
  listener: Listener;
  plan: ApiPlan;
  said: string[];
}

async function listening(plan = PLAN, port: number | null = null): Promise<Listening> {
  const world = await createWorld(plan);
  const said: string[] = [];
  const listener = new Listener({
    ...world.ports,
    keys: () => Promise.resolve(KEYS),
    pingSecrets: (_file, names) => Promise.resolve(names.map((name) => ({ name, secret: `secret-of-${name}` }))),
    holder: (held) => ({ port: held, pid: 4711, command: 'nginx -g' }),
    log: { write: (line) => void said.push(line) },
  });
  const api = { host: '127.0.0.1', port: port ?? (await freePorts(1))[0]!, keysFile: '/keys' };
  await listener.load(api);
  const end = async (): Promise<void> => {
    await listener.close(0);
    await world[Symbol.asyncDispose]();
  };
  return { world, listener, plan: api, said, [Symbol.asyncDispose]: end };
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

function ask(
  { port }: ApiPlan,
  what: string,
  headers: Record<string, string> = {},
  body: string | null = null,
): Promise<Answer> {
  const [method, path] = what.split(' ');
  return new Promise((resolve, reject) => {
    const sent = http.request({ port, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });
}

const READ = { 'x-api-key': 'key-read' };
const CONTROL = { authorization: 'Bearer key-control' };

test('anybody learns states and nothing else', async () => {
  await using on = await listening();
  await on.world.advance(5_000);
  const health = await ask(on.plan, 'GET /health');
  assert.equal(health.status, 200);
  assert.equal(health.headers['content-type'], 'application/json');
  const report = JSON.parse(health.body) as HealthReport;
  assert.deepEqual(report, { status: 'pass', timestamp: report.timestamp, services: { web: 'up', db: 'up' } });
  assert.ok(!Number.isNaN(Date.parse(report.timestamp)));
  const live = JSON.parse((await ask(on.plan, 'GET /health/live')).body) as HealthReport;
  assert.deepEqual(Object.keys(live), ['status', 'timestamp']);
  assert.equal((await ask(on.plan, 'GET /health/ready')).status, 200);
  const asked = await ask(on.plan, 'GET /health', { accept: 'application/health+json' });
  assert.equal(asked.headers['content-type'], 'application/health+json');
  const head = await ask(on.plan, 'HEAD /health');
  assert.deepEqual([head.status, head.body], [200, '']);
});

test('what fails is status 503; alive it is all the same, and what an operator stopped is no failure', async () => {
  await using on = await listening();
  await on.world.advance(5_000);
  on.world.daemon.post({ type: 'stop', services: ['db'], now: true, reason: 'by hand' });
  await on.world.advance(5_000);
  const stopped = await ask(on.plan, 'GET /health');
  assert.deepEqual([stopped.status, (JSON.parse(stopped.body) as HealthReport).services?.['db']], [200, 'maintenance']);
  assert.equal((await ask(on.plan, 'GET /health/ready')).status, 200);
  on.world.sim.spawnsFail = 100;
  on.world.daemon.post({ type: 'restart', services: ['web'], reason: 'test' });
  await on.world.advance(5_000);
  const failed = await ask(on.plan, 'GET /health');
  const report = JSON.parse(failed.body) as HealthReport;
  assert.deepEqual([failed.status, report.status, report.services?.['web']], [503, 'fail', 'down']);
  assert.equal((await ask(on.plan, 'GET /health/ready')).status, 503);
  assert.equal((await ask(on.plan, 'GET /health/live')).status, 200);
});

test('while it starts it is alive and not ready', async () => {
  const slow = servicePlan('slow', { ready: { by: 'log', pattern: 'never', timeout: 60_000 } });
  await using on = await listening(planOf([slow]));
  await on.world.advance(1_000);
  const health = await ask(on.plan, 'GET /health');
  const report = JSON.parse(health.body) as HealthReport;
  assert.deepEqual([health.status, report.status, report.services], [200, 'warn', { slow: 'starting' }]);
  assert.equal((await ask(on.plan, 'GET /health/ready')).status, 503);
  assert.equal((await ask(on.plan, 'GET /health/live')).status, 200);
});

test('everything else needs a key that allows it', async () => {
  await using on = await listening();
  await on.world.advance(5_000);
  const cases: [string, Record<string, string>, number][] = [
    ['GET /status', {}, 401],
    ['GET /health/detailed', {}, 401],
    ['GET /api/v1/events', {}, 401],
    ['POST /api/v1/stop', {}, 401],
    ['GET /status', { 'x-api-key': 'key-wrong' }, 401],
    ['GET /status', { authorization: 'Basic key-read' }, 401],
    ['GET /status', READ, 200],
    ['GET /status', CONTROL, 200],
    ['HEAD /status', READ, 200],
    ['HEAD /api/v1/events', READ, 405],
    ['GET /api/v1/incidents', READ, 200],
    ['POST /api/v1/stop', READ, 403],
    ['DELETE /api/v1/maintenance/all', READ, 403],
    ['DELETE /api/v1/maintenance/all', CONTROL, 200],
    ['POST /api/v1/apply', CONTROL, 403],
    ['POST /api/v1/reload', CONTROL, 403],
    ['GET /nothing', {}, 404],
    ['POST /health', {}, 405],
    ['PUT /status', READ, 405],
    ['GET //', {}, 400],
    ['GET /api/v1/explain/%zz', READ, 400],
  ];
  for (const [what, headers, status] of cases) {
    const answer = await answered(on.world, ask(on.plan, what, headers));
    assert.equal(answer.status, status, `${what} ${JSON.stringify(headers)}: ${answer.body}`);
    if (status >= 400 && !what.startsWith('HEAD')) {
      const { error } = JSON.parse(answer.body) as { error: { message: string } };
      assert.match(error.message, /^cannot /);
    }
  }
  assert.equal((await ask(on.plan, 'GET /status')).headers['www-authenticate'], 'Bearer realm="mainstay"');
  assert.equal((await ask(on.plan, 'POST /health')).headers['allow'], 'GET');
});

test('a key for control stops and starts; secrets of the plan are masked for everybody', async () => {
  await using on = await listening();
  await on.world.advance(5_000);
  const body = JSON.stringify({ services: ['db'] });
  const headers = { ...CONTROL, 'content-length': String(body.length) };
  const stopped = await answered(on.world, ask(on.plan, 'POST /api/v1/stop', headers, body));
  assert.match(stopped.body, /"done","ok":true/);
  assert.equal(on.world.daemon.coordinator.world.instances.get('db/0')?.life.phase, 'stopped');
  const plan = await ask(on.plan, 'GET /api/v1/plan', CONTROL);
  assert.match(plan.body, /"PASSWORD":/);
  assert.doesNotMatch(plan.body, /hunter22/);
});

test('/health/detailed is health+json, with reasons', async () => {
  await using on = await listening();
  await on.world.advance(5_000);
  const { headers, body } = await ask(on.plan, 'GET /health/detailed', READ);
  assert.equal(headers['content-type'], 'application/health+json');
  const report = JSON.parse(body) as DetailedHealthReport;
  assert.equal(report.status, 'pass');
  assert.deepEqual(Object.keys(report.checks), ['web:state', 'db:state', 'site:result']);
  assert.deepEqual(report.checks['site:result']?.[0]?.status, 'pass');
  on.world.sim.spawnsFail = 100;
  on.world.daemon.post({ type: 'restart', services: ['web'], reason: 'test' });
  await on.world.advance(5_000);
  const failed = await ask(on.plan, 'GET /health/detailed', READ);
  const [web] = (JSON.parse(failed.body) as DetailedHealthReport).checks['web:state'] ?? [];
  assert.deepEqual([failed.status, web?.status, typeof web?.output], [503, 'fail', 'string']);
});

test('a job reports by the secret in its address, and nothing else tells anything of it', async () => {
  const nightly = checkPlan('nightly', { kind: 'heartbeat', target: { every: 3_600_000 }, retries: 1 });
  await using on = await listening(planOf([servicePlan('web')], { checks: [nightly, checkPlan('other')] }));
  const last = (): unknown => on.world.daemon.coordinator.world.checks.get('nightly')?.beat?.last ?? null;
  const cases: [string, string | null, number, unknown][] = [
    ['GET /ping/secret-of-other', null, 404, null],
    ['GET /ping/secret-of-nightl', null, 404, null],
    ['PUT /ping/secret-of-nightly', null, 404, null],
    ['GET /ping/secret-of-nightly/nonsense', null, 404, null],
    ['GET /ping/secret-of-nightly/start', null, 200, null],
    ['GET /ping/secret-of-nightly', null, 200, { signal: 'success', code: null, message: '' }],
    [
      'POST /ping/secret-of-nightly/3',
      'line 1\nno space\u0007 left\n',
      200,
      { signal: 'fail', code: 3, message: 'no space left' },
    ],
    [
      'POST /ping/secret-of-nightly/0',
      `${'x'.repeat(100_000)}\n`,
      200,
      { signal: 'success', code: 0, message: 'x'.repeat(200) },
    ],
    ['POST /ping/secret-of-nightly/fail', null, 200, { signal: 'fail', code: null, message: '' }],
  ];
  for (const [what, body, status, kept] of cases) {
    const answer = await answered(on.world, ask(on.plan, what, {}, body));
    assert.equal(answer.status, status, `${what}: ${answer.body}`);
    assert.doesNotMatch(answer.body, /secret|nightly/);
    if (kept === null) assert.equal(last(), null, what);
    else assert.deepEqual({ ...(last() as object), at: 0, tookMs: 0 }, { ...kept, at: 0, tookMs: 0 }, what);
  }
  const control = await answered(
    on.world,
    ask(on.plan, 'POST /api/v1/heartbeats/nightly', CONTROL, JSON.stringify({ signal: 'success', message: 'by key' })),
  );
  assert.deepEqual([control.status, control.body], [200, '{"written":true}']);
  for (const [path, headers, body, status] of [
    ['heartbeats/nightly', READ, '{"signal":"success"}', 403],
    ['heartbeats/other', CONTROL, '{"signal":"success"}', 404],
    ['heartbeats/nightly', CONTROL, '{"signal":"done"}', 400],
  ] as const)
    assert.equal((await answered(on.world, ask(on.plan, `POST /api/v1/${path}`, headers, body))).status, status, body);
  on.world.freeze();
  const unwritten = await answered(on.world, ask(on.plan, 'GET /ping/secret-of-nightly'));
  assert.deepEqual([unwritten.status, (last() as { signal: string }).signal], [202, 'success']);
});

test('what is too long or has no length is refused', async () => {
  await using on = await listening();
  const long = { ...CONTROL, 'content-length': '65537' };
  assert.equal((await ask(on.plan, 'POST /api/v1/stop', long, 'x'.repeat(65_537))).status, 400);
  const chunked = { ...CONTROL, 'transfer-encoding': 'chunked' };
  assert.equal((await ask(on.plan, 'POST /api/v1/stop', chunked, '{}')).status, 400);
  assert.equal((await ask(on.plan, 'GET /health', { cookie: 'x'.repeat(9_000) })).status, 431);
});

test('more connections than there may be are closed, and those who have one are answered', async () => {
  await using on = await listening();
  const open: net.Socket[] = [];
  let refused = 0;
  try {
    await new Promise<void>((resolve) => {
      for (let n = 0; n < 300; n += 1) {
        const socket = net.connect(on.plan.port, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.on('close', () => {
          refused += 1;
          if (refused === 300 - 256) resolve();
        });
        open.push(socket);
      }
    });
    const held = open.find((socket) => !socket.destroyed);
    held?.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    const [part] = await new Promise<[Buffer]>((resolve) => held?.once('data', (data: Buffer) => resolve([data])));
    assert.match(part.toString(), /^HTTP\/1\.1 200/);
  } finally {
    for (const socket of open) socket.destroy();
  }
  await eventually('others are answered again', async () =>
    ask(on.plan, 'GET /health/live').then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
});

test('a port that is taken is said, with who holds it, and listened on once it is free', async () => {
  const holder = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as net.AddressInfo;
  await using on = await listening(PLAN, port);
  assert.equal(
    on.listener.problem,
    `cannot listen on 127.0.0.1:${port}: process 4711 (nginx -g) holds the port; tried again every 5 s`,
  );
  await on.world.advance(20_000);
  assert.notEqual(on.listener.problem, null);
  await new Promise((resolve) => holder.close(resolve));
  await eventually('it listens', async () => {
    await on.world.advance(1_000);
    return on.listener.problem === null;
  });
  assert.equal((await ask(on.plan, 'GET /health/live')).status, 200);
  const types = (JSON.parse((await on.world.ask('GET', '/api/v1/events')).body) as { type: string }[])
    .map(({ type }) => type)
    .filter((type) => type.startsWith('daemon.de') || type === 'daemon.recovered');
  assert.deepEqual(types, ['daemon.degraded', 'daemon.recovered']);
});

test('another address takes the place of the one before, and none of both', async () => {
  await using on = await listening();
  const [port] = await freePorts(1);
  const next = { ...on.plan, port: port! };
  await on.listener.load(next);
  assert.equal((await ask(next, 'GET /health/live')).status, 200);
  await assert.rejects(ask(on.plan, 'GET /health/live'), /ECONNREFUSED/);
  await on.listener.load({ ...next, keysFile: '/other' });
  assert.equal((await ask(next, 'GET /health/live')).status, 200);
  await on.listener.load(null);
  await assert.rejects(ask(next, 'GET /health/live'), /ECONNREFUSED/);
});
