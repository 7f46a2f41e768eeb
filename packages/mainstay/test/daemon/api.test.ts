import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import type { Explanation, MaintenanceWindow, StatusReport } from '@mainstay/protocol';
import { planOf, servicePlan } from '../../src/sim/index.ts';
import { answered, createWorld, lines, type World } from './world.ts';

const DB = servicePlan('db');
const WEB = servicePlan('web', {
  instances: 2,
  dependsOn: [{ service: 'db', condition: 'service_started', restart: false, required: true }],
});
const PLAN = planOf([DB, WEB]);

async function up(): Promise<World> {
  const world = await createWorld(PLAN);
  await world.advance(5_000);
  return world;
}

const errorOf = (body: string): { code: string; message: string; hint: string | null } =>
  (JSON.parse(body) as { error: { code: string; message: string; hint: string | null } }).error;

test('GET /status has the documented shape', async () => {
  await using world = await up();
  const { status, body } = await world.ask('GET', '/status');
  assert.equal(status, 200);
  const report = JSON.parse(body) as StatusReport;
  assert.deepEqual(Object.keys(report), ['project', 'daemon', 'services', 'checks', 'incidents']);
  assert.deepEqual(
    report.services.map(({ name, instance, state, desired, restarts, flags }) => ({
      name,
      instance,
      state,
      desired,
      restarts,
      flags,
    })),
    [
      { name: 'db', instance: 0, state: 'ready', desired: 'running', restarts: 0, flags: [] },
      { name: 'web', instance: 0, state: 'ready', desired: 'running', restarts: 0, flags: [] },
      { name: 'web', instance: 1, state: 'ready', desired: 'running', restarts: 0, flags: [] },
    ],
  );
  for (const one of report.services) assert.ok(one.pid !== null && !Number.isNaN(Date.parse(one.started_at ?? '')));
});

test('what makes no sense is refused with a code, a reason and a hint', async () => {
  await using world = await up();
  const cases: [string, string, unknown, number, string, RegExp][] = [
    ['GET', '/nothing', undefined, 404, 'usage', /no such request/],
    ['POST', '/api/v1/start', { services: ['wbe'] }, 404, 'unknown-service', /wbe/],
    ['POST', '/api/v1/stop', { services: ['web/1'] }, 409, 'refused', /one instance/],
    ['POST', '/api/v1/start', { services: 'web' }, 400, 'usage', /list of names/],
    ['POST', '/api/v1/start', '[1]', 400, 'usage', /not a JSON object/],
    ['POST', '/api/v1/start', '{"services":', 400, 'usage', /not a JSON object/],
    ['POST', '/api/v1/apply', {}, 400, 'usage', /no plan/],
    ['POST', '/api/v1/apply', { plan: { ...PLAN, project: 'other' } }, 409, 'refused', /project other/],
    ['POST', '/api/v1/maintenance', { services: [], reason: 'x', owner: 'o', duration: 0 }, 400, 'usage', /duration/],
    ['POST', '/api/v1/maintenance', { services: [], reason: ' ', owner: 'o', duration: 1 }, 400, 'usage', /reason/],
    ['DELETE', '/api/v1/maintenance/none', undefined, 409, 'refused', /no such window/],
    ['GET', '/api/v1/explain/wbe', undefined, 404, 'unknown-service', /wbe/],
  ];
  for (const [method, path, body, status, code, message] of cases) {
    const answer = await world.ask(method, path, body);
    const error = errorOf(answer.body);
    assert.deepEqual([answer.status, error.code], [status, code], `${method} ${path}`);
    assert.match(error.message, message);
    assert.match(error.message, /^cannot /);
  }
});

test('stop and start stream their steps and end with the result', async () => {
  await using world = await up();
  const stopped = lines(await answered(world, world.ask('POST', '/api/v1/stop', { services: ['db', 'web'] })));
  assert.deepEqual(stopped.at(-1), { type: 'done', ok: true, problems: [] });
  const order = stopped.filter((line) => line['state'] === 'stopped').map((line) => line['name']);
  assert.equal(order.at(-1), 'db', 'dependents first');
  const started = lines(await answered(world, world.ask('POST', '/api/v1/start', { services: ['web'] })));
  assert.deepEqual(started.at(-1), { type: 'done', ok: true, problems: [] });
  assert.ok(
    started.some((line) => line['name'] === 'db'),
    'what it needs is started, too',
  );
});

test('a service that keeps failing is told after three failures, not waited for', async () => {
  await using world = await createWorld(PLAN);
  world.sim.spawnsFail = 1;
  await world.advance(1);
  const answer = lines(await answered(world, world.ask('POST', '/api/v1/restart', { services: ['db'] })));
  const done = answer.at(-1) as { ok: boolean; problems: { name: string; state: string; hint: string }[] };
  assert.equal(done.ok, false);
  assert.equal(done.problems[0]?.name, 'db');
  assert.equal(done.problems[0]?.hint, 'mainstay explain db');
});

test('apply restarts what changed and keeps the plan first', async () => {
  await using world = await up();
  const pids = (): Record<string, number | null> =>
    Object.fromEntries(
      [...world.daemon.coordinator.world.instances.values()].map(({ id, life }) => [id, life.identity?.pid ?? null]),
    );
  const before = pids();
  const plan = planOf([{ ...DB, command: ['db', '--other'] }, { ...WEB, stopGracePeriod: 1 }, servicePlan('extra')]);
  const answer = lines(await answered(world, world.ask('POST', '/api/v1/apply', { plan })));
  assert.deepEqual(answer.at(-1), { type: 'done', ok: true, problems: [] });
  assert.equal(world.kept.length, 1);
  const after = pids();
  assert.notEqual(after['db/0'], before['db/0']);
  assert.deepEqual([after['web/0'], after['web/1']], [before['web/0'], before['web/1']]);
  assert.ok(after['extra/0'] != null);
});

test('maintenance is opened, listed and ended', async () => {
  await using world = await up();
  const request = { services: ['web'], reason: 'disk', owner: 'ops', duration: 3_600_000 };
  const opened = JSON.parse(
    (await answered(world, world.ask('POST', '/api/v1/maintenance', request))).body,
  ) as MaintenanceWindow;
  assert.deepEqual([opened.services, opened.reason, opened.owner, opened.source], [['web'], 'disk', 'ops', 'operator']);
  assert.equal(Date.parse(opened.until) - Date.parse(opened.from), 3_600_000);
  const listed = JSON.parse((await world.ask('GET', '/api/v1/maintenance')).body) as MaintenanceWindow[];
  assert.deepEqual(listed, [opened]);
  assert.match((await world.ask('GET', '/status')).body, /"maintenance"/);
  await answered(world, world.ask('DELETE', `/api/v1/maintenance/${opened.id}`));
  assert.equal((await world.ask('GET', '/api/v1/maintenance')).body, '[]');
});

test('explain says why, what was tried and what to try', async () => {
  await using world = await up();
  world.sim.machine.end(
    [...world.sim.machine.processes.values()].find((one) => one.instance === 'db/0' && one.leader)!,
    {
      code: 3,
      signal: null,
      known: true,
    },
  );
  await world.advance(100);
  const explanation = JSON.parse((await answered(world, world.ask('GET', '/api/v1/explain/db'))).body) as Explanation;
  const [instance] = explanation.instances;
  assert.match(instance?.summary ?? '', /backoff: exit code 3; next attempt in/);
  assert.ok(instance?.facts.some((fact) => fact.startsWith('last exit: exit code 3')));
  assert.ok(instance?.advice.some((advice) => advice.includes('mainstay logs db')));
  assert.deepEqual(instance?.last_lines, ['a last line']);
  assert.ok(instance?.events.some((event) => event.type === 'instance.exited'));
});

test('a disk that does not answer keeps nobody waiting for ever', async () => {
  await using world = await up();
  world.freeze();
  assert.match((await world.ask('GET', '/status')).body, /the disk does not answer/);
  const events = await answered(world, world.ask('GET', '/api/v1/events'));
  assert.deepEqual([events.status, errorOf(events.body).code], [504, 'timeout']);
  const explanation = await answered(world, world.ask('GET', '/api/v1/explain/db'));
  assert.equal(explanation.status, 200);
  const stop = await answered(world, world.ask('POST', '/api/v1/stop', { services: ['db'], wait: false }));
  assert.match(stop.body, /state disk does not answer/);
  await world.advance(60_000);
  assert.equal(world.daemon.coordinator.world.instances.get('db/0')?.life.phase, 'stopped', 'it was done all the same');
});

test('an answer that was ended but not read yet is not lost when the interface closes', async () => {
  // More than the buffers of a socket hold, so that it waits in the server.
  const big = servicePlan('big', { command: ['sleep', 'x'.repeat(2_000_000)] });
  await using world = await createWorld(planOf([big]));
  const connection = net.connect(world.socket);
  connection.end('GET /api/v1/plan HTTP/1.1\r\nHost: mainstay\r\n\r\n');
  await new Promise((resolve) => connection.once('readable', resolve));
  const closed = world.api.close(60_000);
  let size = 0;
  for await (const part of connection as AsyncIterable<Buffer>) size += part.length;
  assert.ok(size > 2_000_000, `${size} bytes came`);
  await closed;
});
