// Every command of the command line against a living project.
import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { CheckRun, Explanation, JournalEvent, MaintenanceWindow, StatusReport } from '@mainstay/protocol';
import { COMMANDS } from '../../packages/mainstay/src/cli/commands/index.ts';
import { look } from '../support/processes.ts';
import { PROGRAMS, System } from '../support/system.ts';

const logger = JSON.stringify(join(PROGRAMS, 'logger.mjs'));
const file = (changes: { greeting?: string; size?: string; more?: string } = {}): string => `
project: commands
services:
  web: { command: [sleep, "86400"], instances: 2, restart_policy: { delay: 10ms }, environment: { GREETING: ${changes.greeting ?? 'hello'} } }
  talker: { command: [node, ${logger}, talker, ., "5", "20"], logging: { max_size: ${changes.size ?? '16kB'}, max_files: 1000 } }
  quiet: { command: [sleep, "86400"], restart_policy: { delay: 10ms } }
  migrate: { type: task, command: [sh, -c, "echo migrated"] }
${changes.more ?? ''}`;

/** The object has exactly these keys, so that what is documented is what is printed. */
function keys<T extends object>(value: T, ...names: (keyof T & string)[]): void {
  assert.deepEqual(Object.keys(value).toSorted(), names.toSorted());
}

describe('commands', () => {
  const used = new Set<string>();
  let system: System;
  const run = (...args: string[]): Promise<string> => {
    used.add(args[0] ?? '');
    return system.succeeds(...args);
  };
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await run(...args, '--json')) as T;

  before(async () => {
    system = new System(file());
    await run('up', '-d');
  });
  after(() => system.end());

  test('status: the shape that is documented', async () => {
    const report = await json<StatusReport>('status');
    keys(report, 'project', 'daemon', 'services', 'checks', 'incidents');
    keys(report.daemon, 'pid', 'version', 'started_at', 'degraded');
    for (const service of report.services) {
      keys(
        service,
        'name',
        'instance',
        'type',
        'state',
        'health',
        'desired',
        'pid',
        'restarts',
        'started_at',
        'reason',
        'next_attempt_at',
        'flags',
        'last_exit',
      );
    }
    assert.deepEqual(
      report.services.map(({ name, instance, state }) => `${name}/${instance} ${state}`),
      ['web/0 ready', 'web/1 ready', 'talker/0 ready', 'quiet/0 ready', 'migrate/0 completed'],
    );
    assert.match(await run('status'), /quiet +ready/);
  });

  test('check: the shape that is documented', async () => {
    const [found, ...others] = (await json<{ checks: CheckRun[] }>('check', 'exec', 'true')).checks;
    assert.deepEqual(others, []);
    keys(found!, 'name', 'service', 'kind', 'status', 'message', 'latency_ms', 'data', 'thresholds');
  });

  test('stop, start and restart touch what is named', async () => {
    const pids = await system.pids();
    await run('stop', 'quiet');
    assert.equal((await system.service('quiet')).state, 'stopped');
    assert.equal((await system.mainstay('status')).code, 0, 'what is stopped on purpose is no failure');
    await run('start', 'quiet');
    assert.equal((await system.service('quiet')).restarts, 0);
    await run('restart', 'web/1');
    const now = await system.pids();
    assert.notEqual(now['web/1'], pids['web/1']);
    assert.notEqual(now['quiet/0'], pids['quiet/0']);
    assert.deepEqual([now['web/0'], now['talker/0']], [pids['web/0'], pids['talker/0']]);
  });

  test('explain and events', async () => {
    const explanation = await json<Explanation>('explain', 'quiet');
    keys(explanation, 'name', 'instances');
    keys(explanation.instances[0]!, 'instance', 'state', 'summary', 'facts', 'advice', 'last_lines', 'crash', 'events');
    const lines = (await run('events', '-n', '20', '--json')).trim().split('\n');
    assert.equal(lines.length, 20);
    const events = lines.map((line) => JSON.parse(line) as JournalEvent);
    for (const event of events) keys(event, 'seq', 'at', 'type', 'instance', 'incarnation', 'message', 'data');
    assert.deepEqual(
      events,
      events.toSorted((a, b) => a.seq - b.seq),
    );
    assert.match(await run('explain', 'migrate'), /completed/);
  });

  test('plan says what would happen, apply does only that', async () => {
    const pids = await system.pids();
    system.write(
      'mainstay.yaml',
      file({ greeting: 'bye', size: '32kB', more: '  extra: { command: [sleep, "86400"] }' }),
    );
    type Diff = { services: { name: string; change: string; effect: string | null }[] };
    const { services } = await json<Diff>('plan');
    assert.deepEqual(
      services.map(({ name, change, effect }) => `${name} ${change} ${effect}`),
      [
        'web changed restart',
        'talker changed live',
        'quiet unchanged null',
        'migrate unchanged null',
        'extra added null',
      ],
    );
    assert.deepEqual(await system.pids(), pids, 'plan changes nothing');
    await run('apply');
    const now = await system.pids();
    assert.deepEqual([now['talker/0'], now['quiet/0']], [pids['talker/0'], pids['quiet/0']]);
    assert.ok(now['web/0'] !== pids['web/0'] && now['web/1'] !== pids['web/1'] && now['extra/0'] !== undefined);
  });

  test('SIGHUP applies the file, a bad one changes nothing', async () => {
    const pids = await system.pids();
    system.write('mainstay.yaml', 'services: { web: { comand: [sleep] } }');
    process.kill((await system.answers()).daemon.pid, 'SIGHUP');
    await system.eventually('it is refused', () => /plan was not changed/.test(system.ownLog()));
    assert.deepEqual(await system.pids(), pids);
    system.write('mainstay.yaml', file({ greeting: 'bye', size: '32kB' }));
    process.kill((await system.answers()).daemon.pid, 'SIGHUP');
    await system.eventually('extra is gone', async () => (await system.pids())['extra/0'] === undefined);
    const { 'extra/0': _, ...kept } = pids;
    assert.deepEqual(await system.pids(), kept);
  });

  test('maintenance holds restarts and ends by itself', async () => {
    used.add('maintenance');
    const on = ['maintenance', 'on', 'quiet', '--for', '10s', '--reason', 'a test', '--owner', 'somebody', '--json'];
    const window = JSON.parse(await system.succeeds(...on)) as MaintenanceWindow;
    keys(window, 'id', 'services', 'reason', 'owner', 'from', 'until', 'source');
    const [listed] = await json<MaintenanceWindow[]>('maintenance', 'list');
    assert.deepEqual(listed, window);
    const { pid } = await system.service('quiet');
    process.kill(pid!, 'SIGKILL');
    const held = await system.becomes('quiet', (service) => service.pid === null, 'down');
    assert.match(`${held.reason}`, /maintenance/);
    assert.deepEqual(held.flags, ['maintenance']);
    await system.replaced('quiet', pid!);
    const types = (await run('events', '-n', '50', '--json'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as JournalEvent);
    const ended = types.findIndex(({ type }) => type === 'maintenance.ended');
    const spawned = types.findLastIndex(({ type, instance }) => type === 'instance.spawned' && instance === 'quiet/0');
    assert.ok(ended >= 0 && ended < spawned, 'first it ended, then quiet was started');
  });

  test('logs -f goes on over rotations', async () => {
    const view = system.view(process.execPath, system.arguments(['logs', 'talker', '-f', '-n', '0']));
    let seen = '';
    view.stdout!.setEncoding('utf8').on('data', (part: string) => (seen += part));
    await system.eventually('a thousand lines', () => seen.split('\n').length > 3000);
    view.kill('SIGINT');
    const numbers = seen
      .split('\n')
      .slice(0, -1)
      .map((line) => Number(/talker [\d-]+ (\d+) /.exec(line)?.[1]));
    assert.ok(system.log('talker').length > 5 * 32_000, 'it was rotated meanwhile');
    for (const [at, number] of numbers.entries()) if (at > 0) assert.equal(number, numbers[at - 1]! + 1);
    assert.match(await run('logs', 'migrate', '-n', 'all'), /migrated/);
  });

  test('the others', async () => {
    assert.ok(Array.isArray(JSON.parse(await run('incidents', '--json'))));
    assert.match(await run('config'), /talker/);
    assert.match(await run('config', '--schema'), /"\$schema"/);
    for (const shell of ['bash', 'zsh', 'fish']) assert.match(await run('completion', shell), /mainstay/);
    assert.equal(await run('completion', 'services'), 'web\ntalker\nquiet\nmigrate\n');
    assert.match(await run('help', 'up'), /Ctrl-C/);
    assert.match(await run('version'), /\d+\.\d+\.\d+/);
    assert.match(await run('init', '--stdout'), /services:/);
    assert.match(await run('reload', 'web'), /web/);
    assert.match(await run('upgrade', '--dry-run', '--force'), /\d+\.\d+\.\d+/);
  });

  test('report: the shape that is documented', async () => {
    const report = await json<{ services: { name: string }[] } & Record<string, unknown>>('report', '--since', '1h');
    const shape: Record<string, unknown> = report;
    keys(
      shape,
      'project',
      'since',
      'until',
      'observed_until',
      'objective',
      'total',
      'services',
      'checks',
      'incidents',
      'recent_errors',
    );
    assert.ok(report.services.some(({ name }) => name === 'web'));
    assert.match(await system.fails(2, 'report', '--since', 'soon'), /2h/);
    assert.match(await system.fails(2, 'report', '--since', '1h', '--until', '2h'), /ends before it begins/);
    assert.match(await system.fails(2, 'report', '--objective', '101%'), /99\.9%/);
  });

  test('wrong use answers with what to do, and exit code 2', async () => {
    assert.match(await system.fails(2, 'statsu'), /status/);
    assert.match(await system.fails(2, 'stop'), /--all/);
    assert.match(await system.fails(2, 'stop', 'quite'), /quiet/);
    assert.match(await system.fails(2, 'status', '--wach'), /--watch/);
    assert.match(await system.fails(2, 'maintenance', 'on'), /--reason/);
  });

  test('alerts test: says who could not be told', async () => {
    used.add('alerts');
    assert.match(await system.fails(1, 'alerts', 'test'), /mainstay\.yaml has no notifiers/);
  });

  test('monitor: says what it needs of the file', async () => {
    used.add('monitor');
    assert.match(await system.fails(2, 'monitor'), /the file has no monitor/);
  });

  test('keys and heartbeat: say what they need of the file', async () => {
    used.add('keys').add('heartbeat');
    assert.match(await system.fails(2, 'heartbeat', 'nightly'), /cannot report to nightly: there is no such heartbeat/);
    assert.match(await system.fails(2, 'keys'), /mainstay\.yaml has no api/);
  });

  test('down ends everything; afterwards commands say how to begin', async () => {
    used.add('down');
    await system.down();
    for (const command of [['status'], ['stop', 'quiet'], ['events'], ['apply'], ['maintenance', 'list']]) {
      assert.match(await system.fails(1, ...command), /mainstay up -d/, command.join(' '));
    }
    assert.match(await run('logs', 'migrate'), /migrated/);
    assert.match(await run('report'), /mainstay does not run: the last it saw was/);
  });

  test('no command was left out', () => {
    assert.deepEqual(
      COMMANDS.map(({ name }) => name).filter((name) => !used.has(name)),
      [],
    );
  });
});

test('what cannot work is said before anything starts', async (t) => {
  const system = new System('services: { web: { command: [sleep, "86400"] } }');
  t.after(() => system.end());
  for (const [service, said] of [
    ['{ command: [no-such-program-here] }', /no-such-program-here/],
    ['{ command: [sleep, "1"], working_dir: ./nowhere }', /nowhere/],
    ['{ command: [sleep, "1"], user: nobody-of-this-name }', /nobody-of-this-name/],
    ['{ command: [sleep, "${NOT_SET_ANYWHERE}"] }', /NOT_SET_ANYWHERE/],
    ['{ command: [sleep, "1"], depends_on: [web] }', /web/],
  ] as const) {
    system.write('mainstay.yaml', `services:\n  other: { command: [sleep, "86400"] }\n  web: ${service}\n`);
    const stderr = await system.fails(2, 'up', '-d');
    assert.match(stderr, said);
    assert.match(stderr, /mainstay\.yaml:3:\d+/);
    assert.doesNotMatch(stderr, /\n\s+at /, 'no stack trace');
    assert.equal(system.processes().length, 0);
  }
});

test('a port that somebody else holds: the error names the process', async (t) => {
  const holder = createServer();
  await new Promise<void>((resolve) => {
    holder.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => holder.close());
  const { port } = holder.address() as AddressInfo;
  const system = new System(`
services:
  web: { command: [sleep, "86400"], ports: ["127.0.0.1:${port}"], restart_policy: { delay: 10ms, max_attempts: 1 } }
`);
  t.after(() => system.end());
  const { code, stdout, stderr } = await system.mainstay('up', '-d');
  assert.equal(code, 1);
  assert.match(stdout + stderr, new RegExp(`port ${port} is held by process ${process.pid}`));
  assert.match(await system.succeeds('explain', 'web'), new RegExp(`${process.pid}`));
  assert.ok(look(process.pid) !== null);
  await system.down();
});
