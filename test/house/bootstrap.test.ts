// The first command on a clone: what it says, that signals and exit codes pass through, and what the lock promises.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isInstalled } from '../../scripts/lib/install.mjs';
import { oneAtATime } from '../../scripts/lib/lock.mjs';
import { makeTree } from './tree.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bootstrap-'));
after(() => rmSync(folder, { recursive: true }));
const pinned = `node_modules/node-linux-${process.arch}`;

/** A checkout that has everything installed; its `start` runs the given program. */
function checkout(name: string, program: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, 'packages/mainstay/src/entry'), { recursive: true });
  cpSync(join(root, 'scripts/bootstrap.mjs'), join(path, 'scripts/bootstrap.mjs'));
  cpSync(join(root, 'scripts/lib'), join(path, 'scripts/lib'), { recursive: true });
  writeFileSync(join(path, 'packages/mainstay/src/entry/cli.ts'), program);
  writeFileSync(join(path, 'package-lock.json'), '{ "packages": {} }');
  mkdirSync(join(path, pinned, 'bin'), { recursive: true });
  symlinkSync(process.execPath, join(path, pinned, 'bin/node'));
  writeFileSync(join(path, 'node_modules/.package-lock.json'), '{ "packages": {} }');
  return path;
}

const bootstrap = (path: string): string => join(path, 'scripts/bootstrap.mjs');

describe('bootstrap', () => {
  test('passes arguments, input and the exit code through', () => {
    const path = checkout(
      'through',
      "process.stdin.on('data', (text) => console.log(`${process.argv.slice(2)} ${text}`)); process.stdin.on('end', () => process.exit(9));",
    );
    const { status, stdout } = spawnSync(process.execPath, [bootstrap(path), 'start', '--dev'], {
      input: 'hello',
      encoding: 'utf8',
    });
    assert.equal(stdout, 'up,-f,examples/quickstart/mainstay.yaml,--dev hello\n');
    assert.equal(status, 9);
  });

  test('passes signals on, once, and answers as the program ended', async () => {
    const path = checkout(
      'signals',
      "for (const s of ['SIGINT', 'SIGHUP', 'SIGTERM']) process.on(s, () => { console.log(s); if (s === 'SIGTERM') process.exit(5); }); setInterval(() => {}, 1000); console.log('on');",
    );
    const child = spawn(process.execPath, [bootstrap(path), 'start'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    for (const [said, signal] of [
      ['on', 'SIGINT'],
      ['SIGINT', 'SIGHUP'],
      ['SIGHUP', 'SIGTERM'],
    ] as const) {
      while (!out.includes(`${said}\n`)) await delay(20);
      child.kill(signal);
    }
    assert.equal(await ended, 5);
    assert.equal(out, 'on\nSIGINT\nSIGHUP\nSIGTERM\n');
  });

  test('says in one line that optional dependencies are missing', () => {
    const path = checkout('optional', 'console.log("ran")');
    rmSync(join(path, pinned), { recursive: true });
    const run = (stub: string): { status: number | null; stdout: string; stderr: string } => {
      writeFileSync(join(path, 'stub.cjs'), stub);
      const args = ['-r', join(path, 'stub.cjs'), bootstrap(path), 'start'];
      return spawnSync(process.execPath, args, { encoding: 'utf8' });
    };
    const old = run("Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });");
    assert.equal(old.status, 1);
    assert.match(
      old.stderr,
      /^mainstay: cannot run on Node 20\.1\.0: .*optional dependencies were left out: run "npm ci --include=optional".*\n$/,
    );
    const musl = run(
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } }); process.report.getReport = () => ({ header: {} });",
    );
    assert.match(musl.stderr, /^mainstay: cannot run on Node 20\.1\.0: .*needs glibc, and this system has musl.*\n$/);
    const modern = run('');
    assert.deepEqual([modern.status, modern.stdout], [0, 'ran\n']);
    assert.match(modern.stderr, /^mainstay: .*left out.*; using Node .*\n$/);
  });

  test('refuses an unknown task with the list', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/bootstrap.mjs'), 'dance'], {
      encoding: 'utf8',
    });
    assert.equal(status, 2);
    assert.match(stderr, /cannot run "dance": the tasks are start, test, gate, build, campaign/);
  });

  test('knows by content whether the installation is the one of the lockfile', () => {
    const lock = (packages: object): string => JSON.stringify({ packages });
    const [a, b] = [{ version: '1.0.0' }, { version: '2.0.0', optional: true }];
    const both = { '': {}, 'node_modules/a': a, 'node_modules/b': b };
    const cases: [object | null, boolean][] = [
      [{ 'node_modules/a': a, 'node_modules/b': b }, true],
      [{ 'node_modules/a': a }, true],
      [{ 'node_modules/b': b }, false],
      [{ 'node_modules/a': { version: '1.0.1' } }, false],
      [{ 'node_modules/a': a, 'node_modules/c': a }, false],
      [null, false],
    ];
    for (const [present, expected] of cases) {
      using tree = makeTree({
        'package-lock.json': lock(both),
        ...(present === null ? {} : { 'node_modules/.package-lock.json': lock(present) }),
      });
      assert.equal(isInstalled(tree.root), expected, JSON.stringify(present));
    }
  });
});

describe('the lock between processes', () => {
  const lock = new URL('../../scripts/lib/lock.mjs', import.meta.url).href;
  const name = `test ${folder}`;

  test('lets one in at a time', async () => {
    let inside = 0;
    const order: number[] = [];
    const enter = async (id: number): Promise<void> => {
      assert.equal(++inside, 1);
      await delay(5);
      order.push(id);
      inside--;
    };
    await Promise.all([1, 2, 3, 4, 5].map((id) => oneAtATime(name, () => enter(id))));
    assert.deepEqual(order.toSorted(), [1, 2, 3, 4, 5]);
  });

  test('is free again after its holder was killed', async () => {
    const script = `import { oneAtATime } from '${lock}'; await oneAtATime(${JSON.stringify(name)}, () => { console.log('in'); return new Promise(() => setInterval(() => {}, 1000)); });`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    let waited = false;
    const work = oneAtATime(
      name,
      () => waited,
      () => {
        waited = true;
        holder.kill('SIGKILL');
      },
    );
    assert.equal(await work, true);
  });
});
