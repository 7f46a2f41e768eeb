import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../../src/cli/client/index.ts';
import type { Context } from '../../src/cli/framework/index.ts';
import { labelsOfPlan } from '../../src/cli/project/names.ts';
import { plain } from '../../src/cli/text/index.ts';
import { upForeground } from '../../src/cli/up/foreground.ts';
import type { Session } from '../../src/cli/up/session.ts';
import { planOf, servicePlan } from '../../src/sim/plan.ts';
import { answer, fakeDaemon, progress, projectDirectory, service, statusReport } from './support/fake-daemon.ts';
import type { Handler } from './support/fake-daemon.ts';
import { recorder } from './support/terminal.ts';

const PLAN = planOf([
  servicePlan('web', { instances: 2, ports: [{ host: null, port: 5000, step: 1, protocol: 'tcp' }] }),
]);
const DONE = { type: 'done', ok: true, problems: [] };
const REPORT = statusReport(service({ name: 'web' }), service({ name: 'web', instance: 1 }));

const event = (seq: number, type: string, message: string, data: object = {}): object => ({
  seq,
  at: 0,
  type,
  instance: 'web/1',
  incarnation: 1,
  message,
  data,
});
const phase = (seq: number, from: string, to: string, reason: string | null): object =>
  event(seq, 'instance.phase', `web/1: ${from} → ${to}`, { from, to, reason });

async function stage(running: boolean, handlers: Record<string, Handler>) {
  const project = projectDirectory();
  const streams: ServerResponse[] = [];
  const daemon = await fakeDaemon(project.stateDir, {
    'GET /status': answer(REPORT),
    'POST /api/v1/apply': progress(DONE),
    'GET /api/v1/events': (_asked, response, request) => {
      if (request.headers.accept !== 'text/event-stream')
        return answer([phase(1, 'running', 'ready', 'it says so')])(_asked, response, request);
      streams.push(response);
      response.write(': following\n\n');
    },
    ...handlers,
  });
  const { io, out, err } = recorder();
  const context: Context = {
    io,
    args: [],
    flags: new Set(),
    values: new Map(),
    style: plain,
    json: false,
    verbose: false,
  };
  const target = { stateDir: project.stateDir, label: 'shop' };
  const session: Session = {
    loaded: {
      project: { ...target, file: `${project.directory}/mainstay.yaml`, shownFile: 'mainstay.yaml' },
      plan: PLAN,
      shellOnly: {},
      warnings: [],
    },
    client: new Client(target),
    running,
    request: { plan: PLAN, services: [] },
    label: labelsOfPlan(PLAN),
    dev: false,
  };
  return {
    daemon,
    out,
    err,
    streams,
    ended: upForeground(session, context),
    until: async (pattern: RegExp): Promise<void> => {
      const deadline = Date.now() + 60_000;
      while (!pattern.test(out())) {
        assert.ok(Date.now() < deadline, `${String(pattern)} is not in:\n${out()}`);
        await sleep(10);
      }
    },
    saidOnErr: async (): Promise<void> => {
      for (let i = 0; i < 6000 && err() === ''; i++) await sleep(10);
    },
    posts: () => daemon.asked.filter(({ method }) => method === 'POST').map(({ path, body }) => [path, body] as const),
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await daemon[Symbol.asyncDispose]();
      project[Symbol.dispose]();
    },
  };
}

test('shows state changes as they come, and a summary with addresses', async () => {
  await using it = await stage(true, {});
  await it.until(/web\/0 +ready +\*:5000\nweb\/1 +ready +\*:5001\n/);
  await it.until(/\d\d:\d\d:\d\d  web\/1 +ready +it says so\n/);
  it.streams[0]?.write(`id: 2\ndata: ${JSON.stringify(event(2, 'check.observed', 'passed'))}\n\n`);
  it.streams[0]?.write(`id: 3\ndata: ${JSON.stringify(phase(3, 'running', 'ready', 'is \u001b[31mred'))}\n\n`);
  await it.until(/\d\d:\d\d:\d\d  web\/1 +ready +is red\n/);
  assert.doesNotMatch(it.out(), /passed/);
  process.emit('SIGINT');
  await it.ended;
});

test('Ctrl-C on a view of an earlier daemon ends the view only', async () => {
  await using it = await stage(true, {});
  await it.until(/NAME/);
  process.emit('SIGINT');
  assert.equal(await it.ended, 0);
  assert.match(it.out(), /\nshop runs on; mainstay down stops it\n$/);
  assert.deepEqual(
    it.posts().map(([path]) => path),
    ['/api/v1/apply'],
  );
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} stops everything in order, and waits for the end of the daemon`, async () => {
    await using it = await stage(false, {
      'POST /api/v1/down': (asked, response, request) => {
        const step = { type: 'step', name: 'web', instance: 0, state: 'stopped', message: '' };
        progress(step, DONE)(asked, response, request);
        setImmediate(() => void it.daemon[Symbol.asyncDispose]());
      },
    });
    await it.until(/NAME/);
    process.emit(signal);
    assert.equal(await it.ended, 0);
    assert.match(it.out(), /stopping everything in order[^]*web\/0 +stopped\nshop is down\n$/);
    assert.deepEqual(it.posts().at(-1), ['/api/v1/down', { now: false }]);
    assert.equal(process.listenerCount(signal), 0);
  });
}

test('a second Ctrl-C stops everything at once, also while the first is at work', async () => {
  await using it = await stage(false, {
    'POST /api/v1/down': (asked, response, request) => {
      if ((asked.body as { now: boolean }).now) {
        progress(DONE)(asked, response, request);
        setImmediate(() => void it.daemon[Symbol.asyncDispose]());
      } else {
        response.write('\n');
      }
    },
  });
  await it.until(/NAME/);
  process.emit('SIGINT');
  await it.until(/in order/);
  // Sooner it would be taken for the same one, passed on twice.
  await sleep(200);
  process.emit('SIGINT');
  assert.equal(await it.ended, 0);
  assert.match(it.out(), /at once[^]*shop is down\n$/);
  assert.deepEqual(it.posts().at(-1), ['/api/v1/down', { now: true }]);
});

test('Ctrl-C while things still start stops them', async () => {
  await using it = await stage(false, {
    'POST /api/v1/apply': (_asked, response) => void response.write('\n'),
    'POST /api/v1/down': (asked, response, request) => {
      progress(DONE)(asked, response, request);
      setImmediate(() => void it.daemon[Symbol.asyncDispose]());
    },
  });
  await it.until(/it says so/);
  process.emit('SIGINT');
  assert.equal(await it.ended, 0);
});

test('problems of the start are said and the view goes on; a daemon that is stopped elsewhere ends it', async () => {
  const problem = { name: 'web', instance: 1, state: 'fatal', message: 'exit code 78', hint: 'mainstay explain web' };
  await using it = await stage(true, {
    'POST /api/v1/apply': progress({ type: 'done', ok: false, problems: [problem] }),
  });
  await it.until(/NAME/);
  await it.until(/NAME/);
  await it.saidOnErr();
  assert.equal(it.err(), 'mainstay: web/1 is fatal: exit code 78\n  try: mainstay explain web\n');
  await it.daemon[Symbol.asyncDispose]();
  assert.equal(await it.ended, 0);
  assert.match(it.out(), /the daemon has ended: shop is down\n$/);
});

test('a plan that the daemon refuses ends up with its words', async () => {
  const error = { code: 'refused', message: 'cannot apply: the plan is of project y', hint: 'mainstay down' };
  await using it = await stage(true, { 'POST /api/v1/apply': answer({ error }, 409) });
  await assert.rejects(it.ended, { code: 'refused', message: error.message });
});
