import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Plan } from '../../src/core/plan/index.ts';
import { loadProject } from '../../src/cli/project/load.ts';
import { plain } from '../../src/cli/text/index.ts';
import { answer, fakeDaemon, progress, projectDirectory, service, statusReport } from './support/fake-daemon.ts';
import { matchesFile } from './support/golden.ts';
import { mainstay, recorder } from './support/terminal.ts';

const SHELL = { PATH: '/usr/bin:/bin', HOME: '/', USER: 'ada' };

const FILE = `project: shop
services:
  web:
    command: [sleep, "1000", --password, hunter2]
    instances: 2
    ports: ["5000+"]
    depends_on: [db]
  db:
    command: [sleep, "1000"]
  migrate:
    type: task
    command: ["true"]
    depends_on: { db: { condition: service_started } }
`;

function shop(text = FILE): ReturnType<typeof projectDirectory> {
  const project = projectDirectory();
  writeFileSync(join(project.directory, 'mainstay.yaml'), text);
  return project;
}

async function planOf(directory: string): Promise<Plan> {
  const { io } = recorder({ cwd: directory, env: SHELL });
  const context = {
    io,
    args: [],
    flags: new Set<string>(),
    values: new Map(),
    style: plain,
    json: false,
    verbose: false,
  };
  return (await loadProject(context)).plan;
}

test('up --dry-run shows what would start in order, without secrets, and starts nothing', async () => {
  using project = shop();
  const options = { cwd: project.directory, env: SHELL };
  const { code, out } = await mainstay(['up', '--dry-run'], options);
  assert.equal(code, 0);
  matchesFile('test/golden/cli/dry-run.txt', out);
  assert.doesNotMatch(out, /hunter2/);
  const some = await mainstay(['up', 'migrate', '--dry-run', '--json'], options);
  assert.deepEqual(JSON.parse(some.out), [
    { step: 1, name: 'db' },
    { step: 2, name: 'migrate' },
  ]);
});

test('a name that is not in the file is an error with the nearest one', async () => {
  using project = shop();
  const { code, err } = await mainstay(['up', 'wbe'], { cwd: project.directory, env: SHELL });
  assert.equal(code, 2);
  assert.equal(err, 'mainstay: cannot start wbe: shop has no service of that name\n  try: web\n');
});

test('everything that is wrong with the file is said at once, exit 2; in JSON as a list', async () => {
  using project = shop(`${FILE}  bad:\n    command: [sleep]\n    restrat: always\n    stop_signal: SIGNO\n`);
  const options = { cwd: project.directory, env: SHELL };
  for (const command of ['config', 'plan', 'apply', 'up']) {
    const { code, err, out } = await mainstay([command], options);
    assert.equal(code, 2, command);
    assert.equal(out, '');
    assert.match(err, /mainstay\.yaml:16:5: .*restrat.*\n {2}try: .*restart.*\n(.|\n)*mainstay\.yaml:17:18: .*SIGNO/);
  }
  const { out } = await mainstay(['config', '--json'], options);
  const { error, errors } = JSON.parse(out) as { error: { code: string }; errors: unknown[] };
  assert.equal(error.code, 'config');
  assert.equal(errors.length, 2);
});

test('a program that is missing on this machine is found before anything starts', async () => {
  using project = shop('services: { web: { command: [no-such-program] } }\n');
  const { code, err } = await mainstay(['up', '-d'], { cwd: project.directory, env: SHELL });
  assert.equal(code, 2);
  assert.match(err, /no-such-program/);
});

test('config prints the plan masked, as YAML or JSON, and the schema', async () => {
  using project = shop();
  const options = { cwd: project.directory, env: SHELL };
  const yaml = await mainstay(['config'], options);
  assert.match(yaml.out, /^project: shop\n/);
  assert.doesNotMatch(yaml.out, /hunter2/);
  const json = await mainstay(['config', '--json'], options);
  assert.equal((JSON.parse(json.out) as Plan).services.length, 3);
  assert.doesNotMatch(json.out, /hunter2/);
  const schema = await mainstay(['config', '--schema'], options);
  assert.equal((JSON.parse(schema.out) as { type: string }).type, 'object');
});

const CHANGED = FILE.replace('instances: 2', 'instances: 3')
  .replace('"1000", --password', '"2000", --password')
  .replace('hunter2]', 'hunter2]\n    stop_grace_period: 1m')
  .replace(/ {2}migrate:[^]*$/, '  mail: { command: [sleep, "1"] }\n');

test('plan shows field by field what an apply would do; apply does it', async () => {
  using project = shop();
  const options = { cwd: project.directory, env: SHELL };
  const before = await planOf(project.directory);
  await using daemon = await fakeDaemon(project.stateDir, {
    'GET /status': answer(statusReport(service({ name: 'web' }))),
    'GET /api/v1/plan': answer(before),
    // Of several instances one after another.
    'POST /api/v1/reload': progress(
      { type: 'step', name: 'web', instance: 0, state: 'ready', message: '' },
      { type: 'done', ok: true, problems: [] },
    ),
    'POST /api/v1/apply': progress(
      { type: 'step', name: 'web', instance: 2, state: 'starting', message: '' },
      { type: 'done', ok: true, problems: [] },
    ),
  });
  assert.equal((await mainstay(['plan'], options)).out, 'nothing would change\n');
  writeFileSync(join(project.directory, 'mainstay.yaml'), CHANGED);
  const plan = await mainstay(['plan'], options);
  assert.equal(plan.code, 0);
  matchesFile('test/golden/cli/plan.txt', plan.out);
  assert.equal((await mainstay(['apply', '--dry-run'], options)).out, plan.out);
  assert.equal(
    daemon.asked.some(({ method }) => method === 'POST'),
    false,
  );
  const diff = JSON.parse((await mainstay(['plan', '--json'], options)).out) as { services: { name: string }[] };
  assert.deepEqual(
    diff.services.map(({ name }) => name),
    ['web', 'db', 'mail', 'migrate'],
  );
  const applied = await mainstay(['apply'], options);
  assert.equal(applied.code, 0);
  assert.ok(applied.out.startsWith(plan.out));
  assert.match(applied.out, / {2}web\/0 +ready\n.* {2}web\/2 +starting\nshop is as .*mainstay\.yaml says\n$/);
  const sent = daemon.asked.find(({ method }) => method === 'POST')?.body as { plan: Plan; wait: boolean };
  assert.equal(sent.wait, true);
  assert.equal(sent.plan.services[0]?.instances, 3);
});

test('plan without a daemon shows what up would start; apply needs one', async () => {
  using project = shop();
  const options = { cwd: project.directory, env: SHELL };
  const plan = await mainstay(['plan'], options);
  assert.equal(plan.code, 0);
  assert.match(plan.out, /^no daemon runs; mainstay up would start\n\nSTEP /);
  const apply = await mainstay(['apply'], options);
  assert.equal(apply.code, 1);
  assert.match(apply.err, /none is running for shop/);
});

test('up -d with a running daemon applies the file, warns of variables of the shell, and lists what failed', async () => {
  using project = shop(
    FILE.replace('command: [sleep, "1000"]', 'command: [sleep, "1000"]\n    environment: { A: "${ONLY_HERE}" }'),
  );
  const problem = { name: 'web', instance: 1, state: 'fatal', message: 'exit code 78', hint: 'mainstay explain web' };
  await using daemon = await fakeDaemon(project.stateDir, {
    'GET /status': answer(statusReport(service({ name: 'web' }))),
    'GET /api/v1/plan': answer({ observe: false }),
    'POST /api/v1/apply': progress({ type: 'done', ok: false, problems: [problem] }),
  });
  const options = { cwd: project.directory, env: { ...SHELL, ONLY_HERE: 'x' } };
  const { code, out, err } = await mainstay(['up', '-d', 'web'], options);
  assert.equal(code, 1);
  assert.equal(out, '');
  assert.match(err, /^mainstay: warning: .*mainstay\.yaml:10:23: .*ONLY_HERE.* only in the shell/);
  assert.match(err, /the daemon already runs and does not get ONLY_HERE from this shell/);
  assert.match(err, /mainstay: web\/1 is fatal: exit code 78\n {2}try: mainstay explain web\n$/);
  const sent = daemon.asked.find(({ method }) => method === 'POST')?.body as { services: string[] };
  assert.deepEqual(sent.services, ['web']);
});

test('up -d --timeout gives up waiting and names what is not ready', async () => {
  using project = shop();
  await using _daemon = await fakeDaemon(project.stateDir, {
    'GET /status': answer(statusReport(service({ name: 'web' }))),
    'GET /api/v1/plan': answer({ observe: false }),
    'POST /api/v1/apply': (_asked, response) => {
      response.write(`${JSON.stringify({ type: 'step', name: 'db', instance: 0, state: 'starting', message: '' })}\n`);
    },
  });
  const { code, err } = await mainstay(['up', '-d', '--timeout', '300ms'], { cwd: project.directory, env: SHELL });
  assert.equal(code, 1);
  assert.equal(
    err,
    'mainstay: cannot see shop ready within 300ms: db is starting\n  try: mainstay status; what was started runs on\n',
  );
});

test('--dev takes the environment development when there is one, and needs its own daemon', async () => {
  using project = shop(`${FILE}environments: { development: { services: { db: { command: [sleep, "7"] } } } }\n`);
  const options = { cwd: project.directory, env: SHELL };
  const dev = await mainstay(['up', '--dev', '--dry-run'], options);
  assert.match(dev.out, /db +service +sleep 7\n/);
  assert.match((await mainstay(['up', '--dry-run'], options)).out, /db +service +sleep 1000\n/);
  await using _daemon = await fakeDaemon(project.stateDir, { 'GET /status': answer(statusReport()) });
  const running = await mainstay(['up', '--dev'], options);
  assert.equal(running.code, 2);
  assert.match(running.err, /cannot switch to --dev: a daemon already runs/);
});
