/** What a running monitor has loaded: nothing that belongs to one operating system, nothing that runs services. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../../../test/support/wait.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const recorder = new URL('../house/record-modules.mjs', import.meta.url).href;

/** Parts of host that the monitor is made of. */
const OWN_HOST = /^packages\/mainstay\/src\/host\/(clock|monitor|lock)\//;
const OWN_FILES =
  /^packages\/mainstay\/src\/host\/(files\/atomic-write|log\/(gate|rotating-file|log-file|marks-file|rotate))\.ts$/;

test('a running monitor loads none of what starts, limits or follows processes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mainstay-monitor-'));
  const out = join(folder, 'modules.txt');
  try {
    writeFileSync(
      join(folder, 'monitor.yaml'),
      `id: a
watch: "http://127.0.0.1:1"
interval: 1s
checks: { site: { http: "http://127.0.0.1:1/" }, redis: { redis: "127.0.0.1:1" }, name: { dns: localhost }, secure: { tls: "127.0.0.1:1" } }
notifiers: { ops: { webhook: "http://127.0.0.1:1/" }, mail: { email: { to: ops@example.org, smtp: "smtp://127.0.0.1:1" } } }
`,
    );
    const args = ['--import', recorder, join(root, 'packages/mainstay/src/entry/cli.ts'), 'monitor'];
    const env = { ...process.env, MAINSTAY_MODULES_OUT: out };
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
    const ended = once(child, 'exit');
    const log = join(folder, '.mainstay/monitor/monitor.log');
    await eventually('a check ran', () => existsSync(log) && / site http fail /.test(readFileSync(log, 'utf8')));
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    const modules = readFileSync(out, 'utf8').split('\n').filter(Boolean);
    assert.ok(modules.includes('packages/mainstay/src/monitor/monitor.ts'));
    const host = modules.filter((path) => path.startsWith('packages/mainstay/src/host/'));
    assert.deepEqual(
      host.filter((path) => !OWN_HOST.test(path) && !OWN_FILES.test(path)),
      [],
    );
    const others = modules.filter((path) => /^(koffi|pg|node:sqlite|node:worker_threads)$|src\/(sim|top)\//.test(path));
    assert.deepEqual(others, []);
    const daemon = modules.filter((path) => path.startsWith('packages/mainstay/src/daemon/'));
    assert.deepEqual(
      daemon,
      ['index', 'now', 'start'].map((name) => `packages/mainstay/src/daemon/probing/${name}.ts`),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
