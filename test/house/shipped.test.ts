// The package as people get it: packed, installed into an empty prefix with no checkout around, and run there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { StatusReport } from '@mainstay/protocol';
import { transform } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pack = join(root, 'packages/mainstay');
const folder = mkdtempSync(join(tmpdir(), 'shipped-'));
const prefix = join(folder, 'prefix');
const modules = join(prefix, 'lib/node_modules');
const installed = join(modules, 'mainstay');
after(() => rmSync(folder, { recursive: true }));

const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
  XDG_CACHE_HOME: join(folder, 'cache'),
};

interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], cwd = folder): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

async function done(program: string, args: readonly string[], cwd = folder): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, cwd);
  assert.equal(code, 0, `${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

describe('the shipped package', () => {
  const mainstay = join(prefix, 'bin/mainstay');

  test('packs and installs', async () => {
    await done('npm', ['pack', '--silent', '-w', 'mainstay', '--pack-destination', folder], root);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    const options = ['--prefix', prefix, '--prefer-offline', '--no-audit', '--no-fund', '--silent'];
    await done('npm', ['install', '--global', ...options, join(folder, tarball)]);
    assert.deepEqual(
      readdirSync(installed)
        .filter((name) => name !== 'node_modules')
        .toSorted(),
      ['bin', 'dist', 'package.json'],
    );
  });

  test('says its version', async () => {
    const { version } = JSON.parse(readFileSync(join(pack, 'package.json'), 'utf8')) as { version: string };
    assert.equal(await done(mainstay, ['--version']), `${version}\n`);
  });

  test('reads a configuration', async () => {
    const file = join(folder, 'mainstay.yaml');
    writeFileSync(file, 'project: shipped\nservices:\n  web: { command: [sleep, "1"] }\n');
    assert.match(await done(mainstay, ['config', '-f', file]), /shipped[^]*sleep/);
    writeFileSync(file, 'project: shipped\nservices:\n  web: { comand: [sleep, "1"] }\n');
    const { code, stderr } = await run(mainstay, ['config', '-f', file]);
    assert.equal(code, 2);
    assert.match(stderr, /mainstay\.yaml:3:\d+.*"comand".*"command"/s);
  });

  test('starts a service, tells of it and stops it', async () => {
    const project = mkdtempSync(join(folder, 'project-'));
    writeFileSync(join(project, 'mainstay.yaml'), 'project: shipped\nservices:\n  web: { command: [sleep, "600"] }\n');
    try {
      await done(mainstay, ['up', '-d'], project);
      const report = JSON.parse(await done(mainstay, ['status', '--json'], project)) as StatusReport;
      assert.deepEqual(
        report.services.map(({ name, state }) => [name, state]),
        [['web', 'ready']],
      );
    } finally {
      await done(mainstay, ['down'], project);
    }
  });

  test('brings the driver of PostgreSQL', async () => {
    const dist = join(installed, 'dist');
    const part = readdirSync(dist).find((name) => readFileSync(join(dist, name), 'utf8').includes('pg_stat_archiver'));
    const script = `
      const context = { timeoutMs: 20000, signal: AbortSignal.timeout(20000), environment: {}, monotonicMs: () => performance.now() };
      const target = { url: 'postgresql://joe@127.0.0.1:1/shop', standbys: 0 };
      require(process.argv[1]).run(target, context).then(({ message }) => console.log(message));`;
    const said = await done(process.execPath, ['-e', script, join(dist, part ?? '')]);
    assert.equal(said, '127.0.0.1:1/shop: connection refused\n');
  });

  test('carries the licences of what is inside', () => {
    const text = readFileSync(join(installed, 'dist/LICENSES.txt'), 'utf8');
    for (const name of ['The mainstay authors', 'yaml 2', 'zod 4', 'pg 8', 'pgpass 1'])
      assert.ok(text.includes(name), name);
  });
});

describe('the launcher', () => {
  const stub = join(folder, 'stub.cjs');
  const launcher = join(folder, 'alone/mainstay/bin/mainstay.cjs');
  mkdirSync(dirname(launcher), { recursive: true });
  cpSync(join(pack, 'bin/mainstay.cjs'), launcher);
  /** Runs it as if this were another Node. */
  const pretend = (version: string, musl = false, command = '--version'): Promise<Ended> => {
    const report = musl ? 'process.report.getReport = () => ({ header: {} });' : '';
    const versions = `{ ...process.versions, node: '${version}' }`;
    writeFileSync(stub, `Object.defineProperty(process, 'versions', { value: ${versions} }); ${report}`);
    return run(process.execPath, ['-r', stub, launcher, command]);
  };

  test('is written in syntax that the oldest Node understands', async () => {
    await transform(readFileSync(launcher, 'utf8').replace(/^#!.*/, ''), { target: 'es5' });
    await assert.rejects(transform('const a = () => 1;', { target: 'es5' }));
  });

  test('says in one line that Node is too old and how to get another', async () => {
    const { code, stdout, stderr } = await pretend('20.1.0');
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^mainstay: cannot run on Node 20\.1\.0: it needs Node >= 24; install Node 24 or newer.*"npm install -g node-linux-\w+@24".*\n$/,
    );
  });

  test('says on musl that the npm package of Node does not help', async () => {
    const { code, stderr } = await pretend('20.1.0', true);
    assert.equal(code, 1);
    assert.match(stderr, /^mainstay: cannot run on Node 20\.1\.0: .*apk add nodejs-current.*musl\)\n$/);
  });

  test('runs the monitor on an older Node than the rest', async () => {
    mkdirSync(join(folder, 'alone/mainstay/dist'), { recursive: true });
    writeFileSync(join(folder, 'alone/mainstay/dist/cli.cjs'), 'console.log(process.argv[2]);');
    assert.deepEqual(await pretend('22.13.0', false, 'monitor'), { code: 0, stdout: 'monitor\n', stderr: '' });
    const old = await pretend('22.12.9', false, 'monitor');
    assert.equal(old.code, 1);
    assert.match(old.stderr, /^mainstay: cannot run on Node 22\.12\.9: it needs Node >= 22\.13; /);
    assert.match((await pretend('22.13.0', false, 'status')).stderr, /it needs Node >= 24; /);
    rmSync(join(folder, 'alone/mainstay/dist'), { recursive: true });
  });

  test('runs on the Node that is installed beside', async () => {
    const beside = join(folder, `alone/node_modules/node-linux-${process.arch}`);
    mkdirSync(join(beside, 'bin'), { recursive: true });
    writeFileSync(join(beside, 'package.json'), JSON.stringify({ version: process.versions.node }));
    symlinkSync(process.execPath, join(beside, 'bin/node'));
    mkdirSync(join(folder, 'alone/mainstay/dist'), { recursive: true });
    writeFileSync(join(folder, 'alone/mainstay/dist/cli.cjs'), 'console.log(process.argv[2]); process.exitCode = 7;');
    const { code, stdout, stderr } = await pretend('20.1.0');
    assert.deepEqual({ code, stdout, stderr }, { code: 7, stdout: '--version\n', stderr: '' });
    rmSync(beside, { recursive: true });
  });
});
