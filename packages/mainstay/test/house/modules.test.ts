// What cheap commands load is pinned in test/golden/modules-NAME.txt: one more module is a decision, not an accident.
// UPDATE=1 rewrites the lists.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { StatusReport } from '@mainstay/protocol';
import { loadPlan } from '../../src/config/index.ts';
import { CHECKS } from '../../src/registry/checks.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const cli = join(root, 'packages/mainstay/src/entry/cli.ts');
const recorder = new URL('record-modules.mjs', import.meta.url).href;

test('mainstay --version loads what the list says', async () => {
  using folder = temporary();
  const { stdout, modules } = await run(folder.path, ['--version']);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  matches('version', modules);
});

test('mainstay status loads what the list says', async () => {
  using folder = temporary();
  await using _ = await daemonAnswering(folder.path, {
    project: 'p',
    daemon: { pid: 1, version: '0.0.0', started_at: '2026-01-01T00:00:00.000Z', degraded: [] },
    services: [],
    checks: [],
    incidents: [],
  });
  writeFileSync(join(folder.path, 'mainstay.yaml'), 'project: p\n');
  const { modules } = await run(folder.path, ['status', '--state-dir', folder.path]);
  matches('status', modules);
});

test('the idle daemon has loaded what the list says', async () => {
  using folder = temporary();
  const file = join(folder.path, 'mainstay.yaml');
  const stateDir = join(folder.path, '.mainstay');
  const out = join(folder.path, 'modules.txt');
  writeFileSync(file, 'project: idle\nservices:\n  one: { command: [sleep, "600"] }\n');
  const { plan, problems } = await loadPlan({ file, env: {}, kinds: CHECKS });
  assert.deepEqual(problems, []);
  mkdirSync(stateDir, { mode: 0o700 });
  writeFileSync(join(stateDir, 'plan.json'), JSON.stringify(plan));

  const daemon = join(root, 'packages/mainstay/src/entry/daemon.ts');
  const child = spawn(process.execPath, ['--import', recorder, daemon, '--state-dir', stateDir], {
    env: { ...process.env, MAINSTAY_MODULES_OUT: out },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  try {
    await until(() => {
      assert.equal(child.exitCode, null, 'the daemon has ended');
      return isReady(stateDir);
    });
    child.kill('SIGUSR2');
    await until(() => existsSync(out));
    matches('daemon', readFileSync(out, 'utf8'));
  } finally {
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
  }
});

test('the recorder notices a static import, a package and a module of Node', async () => {
  using folder = temporary();
  const script = join(root, 'packages/mainstay/test/house/record-modules.fixture.ts');
  const { modules } = await run(folder.path, [], script);
  assert.deepEqual(
    modules.split('\n').filter((line) => !line.startsWith('packages/protocol/')),
    ['node:dns', 'node:process', 'packages/mainstay/test/house/record-modules.fixture.ts', 'yaml', ''],
  );
});

async function run(cwd: string, args: readonly string[], script = cli): Promise<{ stdout: string; modules: string }> {
  const out = join(cwd, 'modules.txt');
  const env = { ...process.env, MAINSTAY_MODULES_OUT: out };
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ['--import', recorder, script, ...args], { cwd, env }, (error, text, errors) => {
      if (error) reject(new Error(`${error.message}\n${errors}`));
      else resolve(text);
    });
  });
  return { stdout, modules: readFileSync(out, 'utf8') };
}

function matches(name: string, actual: string): void {
  const path = join(root, `test/golden/modules-${name}.txt`);
  if (process.env['UPDATE'] === '1') writeFileSync(path, actual);
  const [now, pinned] = [actual, readFileSync(path, 'utf8')].map((text) => text.split('\n').filter(Boolean));
  const added = now?.filter((line) => !pinned?.includes(line));
  const gone = pinned?.filter((line) => !now?.includes(line));
  const hint = `UPDATE=1 npm test -- mainstay/test/house rewrites ${path}, if that is meant`;
  assert.deepEqual({ added, gone }, { added: [], gone: [] }, hint);
}

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'modules-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** The daemon answers and its only service runs. */
async function isReady(stateDir: string): Promise<boolean> {
  const options = { socketPath: join(stateDir, 'daemon.sock'), path: '/status' };
  const text = await new Promise<string>((resolve) => {
    get(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve(body));
    }).on('error', () => resolve('')); // it does not listen yet
  });
  return text !== '' && (JSON.parse(text) as StatusReport).services.every(({ state }) => state === 'ready');
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(50);
}

/** Answers every request with one status. */
async function daemonAnswering(stateDir: string, body: StatusReport): Promise<AsyncDisposable> {
  const server = createServer((_request, response) => response.end(JSON.stringify(body)));
  await new Promise<void>((resolve) => server.listen(join(stateDir, 'daemon.sock'), resolve));
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
