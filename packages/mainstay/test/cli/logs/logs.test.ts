import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { MainstayError } from '@mainstay/protocol';
import type { LogsOptions } from '../../../src/cli/logs/index.ts';
import { runLogs } from '../../../src/cli/logs/index.ts';
import { createLogHost } from '../../../src/host/log/index.ts';
import { loggingPlan, temporaryFolder, until } from '../../host/log/kit/folder.ts';

function options(stateDir: string, changes: Partial<LogsOptions> = {}): LogsOptions {
  return {
    stateDir,
    services: [],
    known: null,
    follow: false,
    lines: null,
    since: null,
    grep: null,
    json: false,
    timestamps: false,
    color: false,
    instances: [],
    streams: [],
    signal: new AbortController().signal,
    now: Date.now(),
    ...changes,
  };
}

async function printed(stateDir: string, changes: Partial<LogsOptions> = {}): Promise<string[]> {
  let text = '';
  assert.equal(
    await runLogs(options(stateDir, changes), (piece) => {
      text += piece;
    }),
    0,
  );
  return text.split('\n').slice(0, -1);
}

/** Two services with a clock of their own: web/0, web/1 (stdout and stderr) and db/0, a second apart each. */
async function somethingLogged(stateDir: string): Promise<void> {
  let wall = Date.UTC(2026, 0, 31, 12);
  const directories = { runtime: path.join(stateDir, 'run'), logs: path.join(stateDir, 'logs') };
  const host = await createLogHost({ directories, wall: () => wall });
  const instances = ['web/0', 'web/1', 'db/0'] as const;
  const pipes = Object.fromEntries(instances.map((id) => [id, host.open(id, id.slice(0, -2), loggingPlan())]));
  for (const id of instances) host.begin(id, 1);
  const say = async (id: (typeof instances)[number], stream: 'out' | 'err', text: string): Promise<void> => {
    fs.appendFileSync(pipes[id]?.[stream] ?? '', text);
    host.drain(id);
    assert.ok(await host.flush(30_000));
    wall += 1000;
  };
  await say('web/0', 'out', 'web starts\n');
  await say('db/0', 'out', 'db starts\n');
  await say('web/1', 'err', 'web fails\nand again\n');
  await say('db/0', 'out', '{"level":30,"time":1769860803000,"msg":"db ready","port":5432}\n');
  await say('web/0', 'out', 'unfinished');
  for (const id of instances) host.close(id);
  host.dispose();
}

test('several services are merged by time and named', async (t) => {
  const folder = temporaryFolder(t);
  await somethingLogged(folder);
  assert.deepEqual(await printed(folder, { services: ['web', 'db'] }), [
    'web | web starts',
    'db  | db starts',
    'web/1 ! web fails',
    'web/1 ! and again',
    'db    | {"level":30,"time":1769860803000,"msg":"db ready","port":5432}',
    'web/0 | unfinished',
  ]);
  assert.deepEqual(await printed(folder, { services: ['db'] }), [
    'db starts',
    '{"level":30,"time":1769860803000,"msg":"db ready","port":5432}',
  ]);
});

test('with the plan at hand, instances are named alike from the first line on', async (t) => {
  const folder = temporaryFolder(t);
  await somethingLogged(folder);
  const known = new Map([
    ['web', 2],
    ['db', 1],
  ]);
  assert.deepEqual((await printed(folder, { known })).slice(0, 3), [
    'web/0 | web starts',
    'db    | db starts',
    'web/1 ! web fails',
  ]);
});

test('timestamps: local, as --since takes them', async (t) => {
  const folder = temporaryFolder(t);
  await somethingLogged(folder);
  const [first = ''] = await printed(folder, { services: ['web'], timestamps: true });
  const [, time = '', rest] = /^(\S{23}) (.*)$/.exec(first) ?? [];
  assert.equal(Date.parse(time), Date.UTC(2026, 0, 31, 12));
  assert.equal(rest, 'web starts');
});

test('filters: lines, since, grep, instance, stream', async (t) => {
  const folder = temporaryFolder(t);
  await somethingLogged(folder);
  const texts = async (changes: Partial<LogsOptions>): Promise<string[]> =>
    (await printed(folder, { json: true, ...changes })).map((line) => (JSON.parse(line) as { text: string }).text);
  assert.deepEqual(await texts({ services: ['web'], lines: '2' }), ['and again', 'unfinished']);
  assert.deepEqual(await texts({ lines: '0' }), []);
  assert.deepEqual(await texts({ grep: '^(web|and)' }), ['web starts', 'web fails', 'and again']);
  assert.deepEqual(await texts({ grep: '^web', lines: '1' }), ['web fails']);
  assert.deepEqual(await texts({ instances: [1] }), ['web fails', 'and again']);
  assert.deepEqual(await texts({ streams: ['err'] }), ['web fails', 'and again']);
  const since = { since: '2s', now: Date.UTC(2026, 0, 31, 12, 0, 4), services: ['web'] };
  assert.deepEqual(await texts(since), ['web fails', 'and again', 'unfinished']);
  assert.deepEqual(await texts({ ...since, lines: '10' }), ['web fails', 'and again', 'unfinished']);
  assert.deepEqual(await texts({ since: '2026-01-31T12:00:04Z' }), ['unfinished']);
});

test('JSON output says who, when and how', async (t) => {
  const folder = temporaryFolder(t);
  await somethingLogged(folder);
  const lines = await printed(folder, { services: ['web'], json: true });
  assert.deepEqual(JSON.parse(lines.at(-1) ?? ''), {
    service: 'web',
    instance: 0,
    incarnation: 1,
    stream: 'out',
    time: '2026-01-31T12:00:04.000Z',
    partial: true,
    text: 'unfinished',
  });
});

test('on a terminal: JSON lines are taken apart, stderr is marked', async (t) => {
  const folder = temporaryFolder(t);
  await somethingLogged(folder);
  const coloured = (await printed(folder, { color: true })).join('\n');
  const plain = stripVTControlCharacters(coloured);
  assert.match(plain, /^db +\| \d\d:00:03\.000 INFO  db ready port=5432$/m);
  assert.match(plain, /^web\/1 ! web fails$/m);
  assert.notEqual(plain, coloured);
});

test('a log without its index still reads', async (t) => {
  const folder = temporaryFolder(t);
  await somethingLogged(folder);
  fs.rmSync(path.join(folder, 'logs', 'web.log.idx'));
  assert.deepEqual(await printed(folder, { services: ['web'], lines: 'all' }), [
    'web starts',
    'web fails',
    'and again',
    'unfinished',
  ]);
  fs.writeFileSync(path.join(folder, 'logs', 'db.log.idx'), Buffer.alloc(77, 1));
  assert.equal((await printed(folder, { services: ['db'] })).length, 2);
});

test('an unknown service: the nearest name, or those that exist', async (t) => {
  const folder = temporaryFolder(t);
  await somethingLogged(folder);
  const refused = (name: string, hint: RegExp): Promise<void> =>
    assert.rejects(
      printed(folder, { services: [name] }),
      (error) => error instanceof MainstayError && error.code === 'unknown-service' && hint.test(error.hint ?? ''),
    );
  await refused('wbe', /did you mean "web"/);
  await refused('something', /one of: db, web/);
  await assert.rejects(printed(folder, { grep: '(' }), /cannot search/);
  await assert.rejects(printed(folder, { since: 'yesterday' }), /cannot understand --since yesterday/);
  await assert.rejects(printed(folder, { lines: 'some' }), /cannot show "some" lines/);
});

test('the last lines of a large log cost no more than a few blocks', async (t) => {
  const folder = temporaryFolder(t);
  fs.mkdirSync(path.join(folder, 'logs'));
  const file = path.join(folder, 'logs', 'big.log');
  fs.writeFileSync(file, '');
  fs.truncateSync(file, 10 * 2 ** 30);
  fs.appendFileSync(file, `\n${Array.from({ length: 50 }, (_, index) => `line ${index}\n`).join('')}`);
  assert.deepEqual(await printed(folder, { services: ['big'], lines: '2' }), ['line 48', 'line 49']);
});

test('following over rotations shows every line once', async (t) => {
  const folder = temporaryFolder(t);
  const directories = { runtime: path.join(folder, 'run'), logs: path.join(folder, 'logs') };
  const host = await createLogHost({ directories, wall: Date.now });
  t.after(() => host.dispose());
  const pipes = host.open('web/0', 'web', loggingPlan({ maxSize: 2000, maxFiles: 1000 }));
  host.begin('web/0', 1);
  const ending = new AbortController();
  const lines: string[] = [];
  const following = runLogs(
    options(folder, { known: new Map([['web', 1]]), follow: true, signal: ending.signal }),
    (text) => {
      lines.push(...text.split('\n').slice(0, -1));
    },
  );
  for (let i = 0; i < 600; i++) {
    fs.appendFileSync(pipes.out, `line ${i} ${'x'.repeat(i % 50)}\n`);
    if (i % 7 === 0) {
      host.drain('web/0');
      await host.flush(30_000);
    }
  }
  await until(() => lines.length >= 600, 'every line');
  ending.abort();
  assert.equal(await following, 0);
  assert.deepEqual(
    lines,
    Array.from({ length: 600 }, (_, i) => `line ${i} ${'x'.repeat(i % 50)}`),
  );
  assert.ok(fs.readdirSync(directories.logs).length > 10, 'it rotated');
});

test('no log directory yet: nothing to show, and what comes is followed', async (t) => {
  const folder = temporaryFolder(t);
  const known = new Map([['web', 1]]);
  assert.deepEqual(await printed(folder, { known }), []);
  assert.deepEqual(await printed(folder, { known, services: ['web'] }), []);
  await assert.rejects(printed(folder, { services: ['web'] }), /there is no service of that name/);
  const ending = new AbortController();
  const lines: string[] = [];
  const following = runLogs(options(folder, { known, follow: true, signal: ending.signal }), (text) => {
    lines.push(...text.split('\n').slice(0, -1));
  });
  await somethingLogged(folder);
  await until(() => lines.length >= 4, 'the lines of web');
  ending.abort();
  assert.equal(await following, 0);
  assert.deepEqual(lines.map((line) => line.replace(/^web\/\d+ +[|!] /, '')).sort(), [
    'and again',
    'unfinished',
    'web fails',
    'web starts',
  ]);
});

/** Two instances that take turns, a second apart: `web/0` says 0, 2, 4 …, `web/1` says 1, 3, 5 … */
async function turnsLogged(stateDir: string): Promise<void> {
  let wall = Date.UTC(2026, 0, 31, 12);
  const directories = { runtime: path.join(stateDir, 'run'), logs: path.join(stateDir, 'logs') };
  const host = await createLogHost({ directories, wall: () => wall });
  const pipes = (['web/0', 'web/1'] as const).map((id) => ({ id, ...host.open(id, 'web', loggingPlan()) }));
  for (const { id } of pipes) host.begin(id, 1);
  for (let turn = 0; turn < 10; turn++) {
    const { id, out, err } = pipes[turn % 2] ?? assert.fail();
    fs.appendFileSync(turn % 3 === 0 ? err : out, `turn ${turn} ${turn % 2 === 0 ? 'even' : 'odd'}\n`);
    host.drain(id);
    assert.ok(await host.flush(30_000));
    wall += 1000;
  }
  for (const { id } of pipes) host.close(id);
  host.dispose();
}

test('since, grep, number, instance and stream together', async (t) => {
  const folder = temporaryFolder(t);
  await turnsLogged(folder);
  const now = Date.UTC(2026, 0, 31, 12, 0, 10);
  const golden: [Partial<LogsOptions>, string[]][] = [
    [{ lines: '3' }, ['web/1 | turn 7 odd', 'web/0 | turn 8 even', 'web/1 ! turn 9 odd']],
    [{ since: '3s' }, ['web/1 | turn 7 odd', 'web/0 | turn 8 even', 'web/1 ! turn 9 odd']],
    [{ since: '3s', lines: '2' }, ['web/0 | turn 8 even', 'web/1 ! turn 9 odd']],
    [{ since: '3s', lines: '20' }, ['web/1 | turn 7 odd', 'web/0 | turn 8 even', 'web/1 ! turn 9 odd']],
    [{ grep: 'odd', lines: '2' }, ['web/1 | turn 7 odd', 'web/1 ! turn 9 odd']],
    [{ grep: 'even', since: '5s' }, ['web/0 ! turn 6 even', 'web/0 | turn 8 even']],
    [{ grep: 'even', since: '5s', lines: '1' }, ['web/0 | turn 8 even']],
    [{ grep: 'even', since: '1s' }, []],
    [{ instances: [1], lines: '2' }, ['web/1 | turn 7 odd', 'web/1 ! turn 9 odd']],
    [{ instances: [1], since: '6s', grep: '[57]' }, ['web/1 | turn 5 odd', 'web/1 | turn 7 odd']],
    [{ streams: ['err'], lines: '2' }, ['web/0 ! turn 6 even', 'web/1 ! turn 9 odd']],
    [{ streams: ['err'], instances: [0], since: '8s' }, ['web/0 ! turn 6 even']],
    [{ streams: ['out'], instances: [0], grep: '4', lines: 'all' }, ['web/0 | turn 4 even']],
    [{ since: '1h', lines: '0' }, []],
    [{ since: '2026-01-31T12:00:08Z', instances: [0] }, ['web/0 | turn 8 even']],
  ];
  const known = new Map([['web', 2]]);
  for (const [changes, expected] of golden) {
    assert.deepEqual(await printed(folder, { known, now, ...changes }), expected, JSON.stringify(changes));
  }
});
