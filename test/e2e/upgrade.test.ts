// `mainstay upgrade` between shipped forms of different versions.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { mountMemory } from '../../packages/mainstay/test/host/store/mounts.ts';
import { build } from '../support/builds.ts';
import { accountForLines, CHATTY_FILE } from '../support/chatty.ts';
import { look, signal } from '../support/processes.ts';
import { System } from '../support/system.ts';
import { isUntouched, SMALL, upWith, versions, type Versions } from '../support/versions.ts';

let builds: Versions;
before(async () => {
  builds = await versions();
});
after(() => builds[Symbol.dispose]());

test('a new version takes over, and another one after it: nothing is restarted, no line is lost', async (t) => {
  const system = await upWith(t, builds.old, CHATTY_FILE);
  const pids = await system.pids();
  const [guardian, daemon] = [system.guardian()!, system.daemon()!];
  system.cli = builds.next.bin;
  assert.match(await system.succeeds('upgrade', '--dry-run'), /0\.1\.0 -> 0\.2\.0\n.*7 processes run on\n.*schema \d+/);
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

/** Begins an upgrade and waits until the old daemon is gone. */
async function begun(system: System): Promise<{ command: ReturnType<System['view']>; ended: Promise<number | null> }> {
  const old = system.daemon()!;
  const command = system.view(process.execPath, system.arguments(['upgrade']));
  const ended = new Promise<number | null>((resolve) => command.once('exit', resolve));
  await system.eventually('the old daemon is gone', () => look(old.pid) === null);
  return { command, ended };
}

test('the command is killed in the middle: the upgrade goes on', async (t) => {
  const system = await upWith(t, builds.old);
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
  const system = await upWith(t, builds.old);
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
  const system = await upWith(t, builds.old);
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
  const system = await upWith(t, builds.old);
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
  const system = await upWith(t, builds.old);
  const pids = await system.pids();
  signal(system.guardian()!, 'SIGKILL');
  assert.match(await system.succeeds('upgrade', '--to', builds.next.folder), /0\.2\.0 runs/);
  await isUntouched(system, pids, '0.2.0');
  await system.down();
});

test('nothing runs, or the installation is broken: said, and nothing is touched', async (t) => {
  const system = await upWith(t, builds.old);
  const pids = await system.pids();
  const broken = await build(join(builds.folder, 'broken'), '0.5.0');
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

test('a disk with too little room: said, and nothing is touched', async (t) => {
  const system = new System(SMALL, 'disk/state', builds.old.bin);
  const mount = mountMemory(join(system.folder, 'disk'), 8_000_000);
  t.after(async () => {
    await system.end().catch(() => {});
    mount?.[Symbol.dispose]();
    rmSync(system.folder, { recursive: true, force: true });
  });
  if (mount === null) return t.skip('a file system of its own needs root');
  await system.succeeds('up', '-d');
  const pids = await system.pids();
  system.cli = builds.next.bin;
  assert.match(await system.fails(1, 'upgrade'), /has \d+ MB free, and \d+ MB are needed; nothing was touched/);
  await isUntouched(system, pids, '0.1.0');
  await system.succeeds('down');
});
