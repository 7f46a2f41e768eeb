// `mainstay upgrade` between shipped forms of different versions; some have defects, some change the store's format.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { build, type Build } from '../support/builds.ts';
import { account } from '../support/lines.ts';
import { look, signal } from '../support/processes.ts';
import { PROGRAMS, System } from '../support/system.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mainstay-builds-')));
const builds = {} as Record<'old' | 'next' | 'planted' | 'format', Build>;

/** What a file `plant` beside the state directory makes of a daemon. */
const DEFECTS = `
  const planted = path.join(args.stateDir, '../plant');
  const plant = fs.existsSync(planted) ? fs.readFileSync(planted, 'utf8') : '';
  if (plant.startsWith('exits with ')) process.exit(Number(plant.slice(11)));
  if (plant === 'hangs') for (;;);
  if (plant === 'does not listen') return;
  if (plant === 'crashes') setTimeout(() => { throw new Error('planted'); }, 1000);
  let directories`;
const plants = (text: string): string => text.replace('\n  let directories', DEFECTS);

before(async () => {
  builds.old = await build(join(folder, 'old'), '0.1.0');
  builds.next = await build(join(folder, 'next'), '0.2.0');
  builds.planted = await build(join(folder, 'planted'), '0.3.0', [['entry/daemon/run.ts', plants]]);
  builds.format = await build(join(folder, 'format'), '0.4.0', [
    ['entry/daemon/run.ts', plants],
    ['host/store/schema.ts', (text) => text.replace('\n];', "\n  'CREATE TABLE later (x INTEGER) STRICT;',\n];")],
  ]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

const logger = JSON.stringify(join(PROGRAMS, 'logger.mjs'));
const CHATTY = ['one', 'two', 'three', 'four', 'five'];
const FILE = `
services:
${CHATTY.map((name) => `  ${name}: { command: [node, ${logger}, ${name}, ., "10", "5"], logging: { max_size: 1MB, max_files: 1000 } }`).join('\n')}
  quiet: { command: [sleep, "86400"], restart_policy: { delay: 10ms } }
  other: { command: [sleep, "86400"] }
`;
const SMALL = 'services: { web: { command: [sleep, "86400"] }, other: { command: [sleep, "86400"] } }';

async function running(t: TestContext, file = SMALL): Promise<System> {
  const system = new System(file, '.mainstay', builds.old.bin);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  return system;
}

async function versionOf(system: System): Promise<string> {
  return (await system.answers()).daemon.version;
}

/** Nothing was restarted, and one daemon under one guardian is left, of that version. */
async function isUntouched(system: System, pids: Record<string, number>, version: string): Promise<void> {
  assert.equal(await versionOf(system), version);
  assert.deepEqual(await system.pids(), pids);
  const all = system.processes();
  assert.equal(
    all.filter(({ command }) => /dist\/daemon\.cjs/.test(command) && !command.startsWith('/bin/sh')).length,
    1,
  );
  assert.equal(all.filter(({ command }) => command.startsWith('/bin/sh -c')).length, 1);
  assert.equal(all.filter(({ command }) => command === 'sleep 86400').length, 2);
  assert.equal((await system.answers()).daemon.pid, system.daemon()?.pid);
  assert.notEqual(system.guardian(), null);
}

/** Every line of the services that log hard is in their logs, once. */
async function accountForLines(system: System, t: TestContext): Promise<void> {
  await system.down();
  for (const name of CHATTY) {
    const { lines, runs, problems } = account(name, system.log(name), system.folder);
    assert.deepEqual(problems, []);
    assert.equal(runs, 1);
    assert.ok(lines > 500, `${name}: ${lines} lines`);
    t.diagnostic(`${name}: ${lines} lines`);
  }
}

test('a new version takes over, and another one after it: nothing is restarted, no line is lost', async (t) => {
  const system = await running(t, FILE);
  const pids = await system.pids();
  const [guardian, daemon] = [system.guardian()!, system.daemon()!];
  system.cli = builds.next.bin;
  assert.match(await system.succeeds('upgrade', '--dry-run'), /0\.1\.0 -> 0\.2\.0\n.*7 processes run on\n.*schema 1/);
  await isUntouched(system, pids, '0.1.0');
  assert.match(await system.succeeds('status'), /0\.1\.0.*mainstay upgrade/s);

  assert.match(await system.succeeds('upgrade'), /mainstay 0\.2\.0 runs, pid \d+\nnothing was restarted\n/);
  await isUntouched(system, pids, '0.2.0');
  assert.equal(look(guardian.pid), null);
  assert.equal(look(daemon.pid), null);
  assert.match(await system.succeeds('upgrade'), /nothing to do/);

  const second = system.daemon()!;
  signal(second, 'SIGKILL');
  await system.eventually('the new guardian brings the new daemon back', async () => {
    const report = await system.status();
    return report !== null && report.daemon.pid !== second.pid;
  });
  await isUntouched(system, pids, '0.2.0');
  process.kill(pids['quiet/0']!, 'SIGKILL');
  const { pid } = await system.replaced('quiet', pids['quiet/0']!);

  system.cli = builds.planted.bin;
  const report = JSON.parse(await system.succeeds('upgrade', '--json')) as Record<string, unknown>;
  assert.deepEqual(
    [report['from'], report['to'], report['upgraded'], report['restarted']],
    ['0.2.0', '0.3.0', true, []],
  );
  await isUntouched(system, { ...pids, 'quiet/0': pid! }, '0.3.0');
  await accountForLines(system, t);
});

for (const [plant, said] of [
  ['exits with 1', /ended with 1/],
  ['exits with 0', /ended with 0/],
  ['exits with 3', /ended with 3/],
  ['hangs', /did not prove itself in time/],
  ['does not listen', /ended with/],
  ['crashes', /planted/],
] as const) {
  test(`a new version that ${plant} is rolled back`, async (t) => {
    const system = await running(t, FILE);
    const pids = await system.pids();
    system.write('plant', plant);
    system.cli = builds.planted.bin;
    const stderr = await system.fails(1, 'upgrade', '--timeout', '8s');
    assert.match(stderr, said);
    assert.match(stderr, /0\.1\.0 runs again, and services were not touched/);
    await isUntouched(system, pids, '0.1.0');

    rmSync(join(system.folder, 'plant'));
    await system.succeeds('upgrade');
    await isUntouched(system, pids, '0.3.0');
    await accountForLines(system, t);
  });
}

const formatOf = (system: System): unknown => {
  const database = new DatabaseSync(join(system.stateDir, 'mainstay.db'), { readOnly: true });
  const row = database.prepare('PRAGMA user_version').get();
  database.close();
  return row?.['user_version'];
};

test('a version that changes the store and then crashes gives the old one its store back', async (t) => {
  const system = await running(t);
  await system.succeeds('stop', 'other');
  await system.succeeds('start', 'other');
  const pids = await system.pids();
  system.cli = builds.format.bin;
  assert.match(
    await system.succeeds('upgrade', '--dry-run'),
    /becomes schema 2; a copy of the old one \(schema 1\) is kept/,
  );
  system.write('plant', 'crashes');
  await system.fails(1, 'upgrade');
  await isUntouched(system, pids, '0.1.0');
  assert.equal(formatOf(system), 1);
  assert.match(await system.succeeds('events', '-n', '500'), /other/);
  await system.down();
});

test('a store of a newer version: the old one refuses, before and after, and services run on', async (t) => {
  const system = await running(t);
  const pids = await system.pids();
  system.cli = builds.format.bin;
  await system.succeeds('upgrade');
  await isUntouched(system, pids, '0.4.0');
  assert.equal(formatOf(system), 2);

  system.cli = builds.old.bin;
  assert.match(await system.fails(1, 'upgrade'), /does not know the format of the store \(schema 2, it knows 1\)/);
  await isUntouched(system, pids, '0.4.0');
  const [guardian, daemon] = [system.guardian()!, system.daemon()!];
  signal(guardian, 'SIGKILL');
  signal(daemon, 'SIGKILL');
  await system.eventually('both are gone', () => look(daemon.pid) === null && look(guardian.pid) === null);
  assert.match(await system.fails(1, 'up', '-d'), /a newer version of mainstay wrote it/);
  for (const pid of Object.values(pids)) assert.notEqual(look(pid), null);
  system.cli = builds.format.bin;
  await system.succeeds('up', '-d');
  await isUntouched(system, pids, '0.4.0');
  await system.down();
});

/** Begins an upgrade and waits until the old daemon is gone. */
async function begun(system: System): Promise<{ command: ReturnType<System['view']>; ended: Promise<number | null> }> {
  const old = system.daemon()!;
  const command = system.view(process.execPath, system.arguments(['upgrade']));
  const ended = new Promise<number | null>((resolve) => command.once('exit', resolve));
  await system.eventually('the old daemon is gone', () => look(old.pid) === null);
  return { command, ended };
}

test('the command is killed in the middle: the upgrade goes on', async (t) => {
  const system = await running(t);
  const pids = await system.pids();
  system.cli = builds.next.bin;
  const { command, ended } = await begun(system);
  command.kill('SIGKILL');
  await ended;
  await system.eventually('it is done', () => /upgrade: done/.test(system.guardianLog()));
  await isUntouched(system, pids, '0.2.0');
  await system.down();
});

test('the new daemon is killed in the middle: the old one is back', async (t) => {
  const system = await running(t);
  const pids = await system.pids();
  system.cli = builds.next.bin;
  const { ended } = await begun(system);
  await system.eventually('the new one runs', () => system.daemon() !== null);
  signal(system.daemon()!, 'SIGKILL');
  assert.equal(await ended, 1);
  await isUntouched(system, pids, '0.1.0');
  await system.down();
});

test('the new guardian is killed in the middle: the command says what to do, and that is enough', async (t) => {
  const system = await running(t);
  const pids = await system.pids();
  system.cli = builds.next.bin;
  const { ended } = await begun(system);
  await system.eventually('the new daemon answers', async () => (await system.status()) !== null);
  signal(system.guardian()!, 'SIGKILL');
  assert.equal(await ended, 1);
  await system.succeeds('up', '-d');
  await isUntouched(system, pids, '0.2.0');
  await system.down();
});

test('down in the middle of it ends everything', async (t) => {
  const system = await running(t);
  system.cli = builds.next.bin;
  const { ended } = await begun(system);
  await system.succeeds('down');
  await ended;
  assert.deepEqual(system.leftovers(), []);
});

test('a daemon that ends again and again is replaced by a version that does not', async (t) => {
  const system = new System(SMALL, '.mainstay', builds.planted.bin);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  const pids = await system.pids();
  system.write('plant', 'exits with 1');
  signal(system.daemon()!, 'SIGKILL');
  await system.eventually('it does not come back', () => /ended with 1; again in 0\.[48]/.test(system.guardianLog()));
  assert.match(await system.fails(1, 'status'), /ends again and again.*\n.*guardian\.log/);
  for (const pid of Object.values(pids)) assert.notEqual(look(pid), null);

  system.cli = builds.next.bin;
  await system.succeeds('upgrade');
  await isUntouched(system, pids, '0.2.0');
  await system.down();
});

test('without a guardian, from a checkout of the sources, and from another installation', async (t) => {
  const system = await running(t);
  const pids = await system.pids();
  signal(system.guardian()!, 'SIGKILL');
  assert.match(await system.succeeds('upgrade', '--to', builds.next.folder), /0\.2\.0 runs/);
  await isUntouched(system, pids, '0.2.0');
  await system.down();
});

test('nothing runs, or the installation is broken: said, and nothing is touched', async (t) => {
  const system = await running(t);
  const pids = await system.pids();
  const broken = await build(join(folder, 'broken'), '0.5.0');
  writeFileSync(join(broken.folder, 'dist/daemon.cjs'), 'throw new Error("cut off");');
  system.cli = broken.bin;
  assert.match(await system.fails(1, 'upgrade'), /cut off; nothing was touched/);
  await isUntouched(system, pids, '0.1.0');
  system.cli = builds.next.bin;
  assert.match(await system.fails(2, 'upgrade', '--to', './nowhere'), /cannot find mainstay/);
  await system.down();
  assert.match(await system.fails(1, 'upgrade'), /none is running.*\n.*mainstay up -d/);
  assert.equal(readFileSync(join(system.stateDir, 'logs/guardian.log'), 'utf8'), '');
});
