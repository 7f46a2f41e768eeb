import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { statusText } from '../../src/cli/run/status.ts';
import { coloured, plain, textWidth } from '../../src/cli/text/index.ts';
import { answer, fakeDaemon, progress, projectDirectory, service, statusReport } from './support/fake-daemon.ts';
import { matchesFile } from './support/golden.ts';
import { mainstay, recorder } from './support/terminal.ts';

const NOW = Date.parse('2026-01-01T02:05:00.000Z');

const BUSY = {
  ...statusReport(
    service({ name: 'db', health: 'healthy' }),
    service({ name: 'a-service-with-a-very-long-name', instance: 0, health: 'degraded', flags: ['adopted'] }),
    service({
      name: 'a-service-with-a-very-long-name',
      instance: 1,
      state: 'backoff',
      health: 'unhealthy',
      pid: null,
      restarts: 12_345,
      reason: 'exit code 1 after 3s, for the 5th time in 10 minutes; the connection to the database was refused',
      next_attempt_at: '2026-01-01T02:05:27.000Z',
    }),
    service({ name: 'migrate', type: 'task', state: 'completed', pid: null, reason: 'exit code 0' }),
    service({ name: 'mail', state: 'fatal', pid: null, reason: 'exit code 78 is not retried', flags: ['maintenance'] }),
    service({ name: 'cron', state: 'stopped', desired: 'stopped', pid: null, reason: 'stopped by the operator' }),
  ),
  checks: [
    {
      name: 'disk',
      service: null,
      kind: 'disk',
      status: 'warn',
      since: '2026-01-01T02:00:00.000Z',
      message: '85 % full',
    },
  ],
  incidents: [
    {
      id: 7,
      severity: 'critical',
      service: 'mail',
      cause: 'mail',
      title: 'mail gave up',
      opened_at: '2026-01-01T01:00:00.000Z',
      recovered_at: null,
    },
  ],
} as ReturnType<typeof statusReport>;
BUSY.daemon.degraded = ['the disk of the journal is full: nothing is recorded'];

for (const width of [80, 140]) {
  test(`status fits ${width} columns`, () => {
    const { io } = recorder({ columns: width });
    const text = statusText(BUSY, { io, style: plain }, NOW, '0.2.0');
    matchesFile(`test/golden/cli/status-${width}.txt`, text);
    for (const line of text.split('\n')) assert.ok(textWidth(line) <= width, line);
    const colours = statusText(BUSY, { io, style: coloured }, NOW, '0.2.0');
    assert.notEqual(colours, text);
    for (const line of colours.split('\n')) assert.ok(textWidth(line) <= width, line);
  });
}

test('status exits 0 when everything wanted is there, otherwise 1; --json is the report itself', async () => {
  using project = projectDirectory();
  let report = statusReport(service({ name: 'web' }), service({ name: 'off', state: 'stopped', desired: 'stopped' }));
  await using _daemon = await fakeDaemon(project.stateDir, {
    'GET /status': (asked, response, request) => answer(report)(asked, response, request),
  });
  const fine = await mainstay(['status', '--json', '-f', project.directory]);
  assert.equal(fine.code, 0);
  assert.deepEqual(JSON.parse(fine.out), report);
  for (const state of [
    'waiting',
    'starting',
    'running',
    'stopping',
    'backoff',
    'cooldown',
    'fatal',
    'stopped',
  ] as const) {
    report = statusReport(service({ name: 'web', state }));
    assert.equal((await mainstay(['status', '-f', project.directory])).code, 1, state);
  }
});

test('start, stop and restart ask for what was named and show each step', async () => {
  using project = projectDirectory();
  const steps = [
    { type: 'step', name: 'web', instance: 1, state: 'stopping', message: 'asked to stop\u001b[2J' },
    { type: 'step', name: 'web', instance: 1, state: 'stopped', message: '' },
    { type: 'done', ok: true, problems: [] },
  ];
  await using daemon = await fakeDaemon(project.stateDir, {
    'GET /status': answer(statusReport(service({ name: 'web' }), service({ name: 'web', instance: 1 }))),
    'POST /api/v1/start': progress(...steps),
    'POST /api/v1/stop': progress(...steps),
    'POST /api/v1/restart': progress(...steps),
  });
  const { code, out } = await mainstay(['stop', 'web/1', '--now', '-f', project.directory]);
  assert.equal(code, 0);
  assert.match(out, /^\d\d:\d\d:\d\d {2}web\/1 +stopping {3}asked to stop\n\d\d:\d\d:\d\d {2}web\/1 +stopped\n$/);
  await mainstay(['start', '--all', '--no-wait', '-f', project.directory]);
  await mainstay(['restart', 'web', 'db', '-f', project.directory]);
  assert.deepEqual(
    daemon.asked.filter(({ method }) => method === 'POST').map(({ path, body }) => [path, body]),
    [
      ['/api/v1/stop', { services: ['web/1'], wait: true, now: true }],
      ['/api/v1/start', { services: [], wait: false }],
      ['/api/v1/restart', { services: ['web', 'db'], wait: true }],
    ],
  );
});

test('what did not come up is listed with what to try, and the exit code is 1', async () => {
  using project = projectDirectory();
  const problem = { name: 'web', instance: 0, state: 'fatal', message: 'exit code 78', hint: 'mainstay logs web' };
  await using _daemon = await fakeDaemon(project.stateDir, {
    'GET /status': answer(statusReport(service({ name: 'web' }))),
    'POST /api/v1/start': progress({ type: 'done', ok: false, problems: [problem] }),
  });
  const people = await mainstay(['start', 'web', '-f', project.directory]);
  assert.deepEqual(people, {
    code: 1,
    out: '',
    err: 'mainstay: web is fatal: exit code 78\n  try: mainstay logs web\n',
  });
  const programs = await mainstay(['start', 'web', '--json', '-f', project.directory]);
  assert.equal(programs.code, 1);
  assert.deepEqual(JSON.parse(programs.out), { ok: false, problems: [problem] });
});

test('down waits until the daemon is gone', async () => {
  using project = projectDirectory();
  const daemon = await fakeDaemon(project.stateDir, {
    'GET /status': answer(statusReport(service({ name: 'web' }))),
    'POST /api/v1/down': (asked, response, request) => {
      progress({ type: 'done', ok: true, problems: [] })(asked, response, request);
      void daemon[Symbol.asyncDispose]();
    },
  });
  const { code, out } = await mainstay(['down', '--now', '-f', project.directory]);
  assert.equal(code, 0);
  assert.match(out, /is down\n$/);
  assert.equal(daemon.server.listening, false);
  assert.deepEqual(daemon.asked.find(({ method }) => method === 'POST')?.body, { now: true });
});

test('explain says why, with facts, events, lines and advice', async () => {
  using project = projectDirectory();
  const instance = {
    instance: 0,
    state: 'cooldown',
    summary: 'gave up after 10 attempts',
    facts: ['last exit: code 1', 'next trial in 4m'],
    advice: ['mainstay logs web', 'mainstay restart web'],
    last_lines: ['Error: no database'],
    events: [
      {
        seq: 1,
        at: 0,
        type: 'instance.phase',
        instance: 'web/0',
        incarnation: 1,
        message: 'web: ready → backoff (exit code 1)',
        data: { from: 'ready', to: 'backoff', reason: 'exit code 1' },
      },
    ],
  };
  await using _daemon = await fakeDaemon(project.stateDir, {
    'GET /api/v1/explain/web': answer({ name: 'web', instances: [instance] }),
  });
  const { code, out } = await mainstay(['explain', 'web', '-f', project.directory]);
  assert.equal(code, 0);
  matchesFile('test/golden/cli/explain.txt', out.replaceAll(/\d\d:\d\d:\d\d/g, 'HH:MM:SS'));
});

test('explain without a daemon tells what the files tell', async () => {
  using project = projectDirectory();
  const logs = join(project.stateDir, 'logs');
  const line = '2026-01-01T00:00:00.000Z instance.exited';
  writeFileSync(
    join(logs, 'events.log'),
    `${line} web: exit code 1\n${line} website: exit code 2\n${line} web-2: exit code 3\n`,
  );
  writeFileSync(join(logs, 'web.log'), 'one\ntwo\n');
  const { code, out, err } = await mainstay(['explain', 'web', '-f', project.directory]);
  assert.equal(code, 1);
  assert.match(err, /none is running for/);
  assert.match(
    out,
    /^What was last known of web\n {2}\S+ instance\.exited web: exit code 1\nThe last lines of web\n {2}\| one\n {2}\| two\n$/,
  );
});

test('explain without a daemon shows the last lines of split logs too', async () => {
  using project = projectDirectory();
  writeFileSync(join(project.stateDir, 'logs', 'web.out.log'), 'one\n');
  writeFileSync(join(project.stateDir, 'logs', 'web.err.log'), 'two\n');
  const { out } = await mainstay(['explain', 'web', '-f', project.directory]);
  assert.match(out, /\| one\n/);
  assert.match(out, /\| two\n/);
});

test('logs of an instance that the plan does not have are an error', async () => {
  using project = projectDirectory();
  writeFileSync(join(project.stateDir, 'plan.json'), JSON.stringify({ services: [{ name: 'web', instances: 2 }] }));
  const { code, err } = await mainstay(['logs', 'web/2', '--state-dir', project.stateDir]);
  assert.equal(code, 2);
  assert.match(err, /web\/2: there is no such instance/);
});

test('maintenance: begins with an owner, is listed, ends by id, by service or all', async () => {
  using project = projectDirectory();
  const window = {
    id: 'm1',
    services: ['web'],
    reason: 'new disk',
    owner: 'ada',
    from: '2026-01-01T00:00:00.000Z',
    until: '2999-01-01T01:00:00.000Z',
    source: 'operator',
  };
  await using daemon = await fakeDaemon(project.stateDir, {
    'GET /api/v1/maintenance': answer([window, { ...window, id: 'm2', services: ['web', 'db'] }]),
    'POST /api/v1/maintenance': answer(window),
    'DELETE /api/v1/maintenance/m1': answer({ ended: 1 }),
    'DELETE /api/v1/maintenance/m2': answer({ ended: 1 }),
    'DELETE /api/v1/maintenance/all': answer({ ended: 2 }),
  });
  const run = (...argv: string[]): ReturnType<typeof mainstay> =>
    mainstay(['maintenance', ...argv, '-f', project.directory], { env: { USER: 'root', SUDO_USER: 'ada' } });
  assert.match(
    (await run('on', 'web', '--for', '30m', '--reason', 'new disk')).out,
    /^maintenance m1 of web until 2999-/,
  );
  assert.deepEqual(daemon.asked[0]?.body, { services: ['web'], reason: 'new disk', owner: 'ada', duration: 1_800_000 });
  assert.match((await run()).out, /^ID {2}SERVICES .*\nm1 .*new disk\nm2 .*new disk\n$/);
  assert.equal((await run('off', 'web')).out, '1 maintenance window ended\n');
  assert.equal((await run('off', 'web', 'db')).out, '2 maintenance windows ended\n');
  assert.equal((await run('off', 'm2')).out, '1 maintenance window ended\n');
  assert.equal((await run('off')).out, '2 maintenance windows ended\n');
  const alone = await run('off', 'db');
  assert.equal(alone.code, 1);
  assert.equal(
    alone.err,
    'mainstay: cannot end maintenance of db: no window is of that alone\n  try: mainstay maintenance off m1\n',
  );
});

test('events are a line each, or a JSON object each', async () => {
  using project = projectDirectory();
  const event = {
    seq: 3,
    at: 0,
    type: 'instance.exited',
    instance: 'web/0',
    incarnation: 1,
    message: 'exit code 1',
    data: {},
  };
  await using daemon = await fakeDaemon(project.stateDir, { 'GET /api/v1/events': answer([event]) });
  const readable = await mainstay(['events', '--file', project.directory]);
  assert.match(readable.out, /^[\d-]+ \d\d:\d\d:\d\d {2}instance\.exited {7}exit code 1\n$/);
  const json = await mainstay(['events', '--json', '--file', project.directory]);
  assert.deepEqual(JSON.parse(json.out), event);
  assert.equal(daemon.asked.at(-1)?.path, '/api/v1/events?limit=50');
});

test('logs shows lines from the files, of services or single instances', async () => {
  using project = projectDirectory();
  const logs = join(project.stateDir, 'logs');
  writeFileSync(join(logs, 'web.log'), 'one\ntwo\n');
  writeFileSync(join(logs, 'db.log'), 'three\n');
  const run = (...argv: string[]): ReturnType<typeof mainstay> =>
    mainstay(['logs', ...argv], { cwd: project.directory });
  assert.deepEqual(await run('web', '-n', '1'), { code: 0, out: 'two\n', err: '' });
  assert.equal((await run()).out.split('\n').length, 4);
  const wrong = await run('wbe');
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /^mainstay: cannot show the log of wbe: .*\n {2}try: did you mean "web"\?\n$/);
  assert.match((await run('web/x')).err, /an instance is a number/);
  assert.match((await run('web/0', 'db')).err, /single instances beside other services/);
  assert.match((await run('--stream', 'both')).err, /it must be out or err/);
});
