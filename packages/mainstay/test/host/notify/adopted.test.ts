// What programs say while no daemon listens, end to end: datagrams to nobody are lost, and nobody is punished for that.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StatusReport } from '@mainstay/protocol';
import { loadNative } from '../../../src/host/native/index.ts';
import { until } from '../log/kit/folder.ts';

const CLI = fileURLToPath(new URL('../../../src/entry/cli.ts', import.meta.url));
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mainstay-adopted-'));
const at = (name: string): string => path.join(directory, name);
const run = promisify(execFile);
const mainstay = (...args: string[]): Promise<{ stdout: string }> =>
  run(process.execPath, [CLI, '-f', directory, ...args], { env: { ...process.env, NO_COLOR: '1' } });

after(async () => {
  await mainstay('down', '--now').catch(() => undefined);
  fs.rmSync(directory, { recursive: true, force: true });
});

const WATCHDOG_SECONDS = 8;
/** Says that it is ready once the file `go` is there, whoever listens then. */
const LATE = `#!/bin/sh
while [ ! -e go ]; do sleep 0.1; done
systemd-notify --ready
echo said >said
exec sleep 1000
`;
/** Says that it is ready and that it lives, until the file `hang` is there. */
const ALIVE = `#!/bin/sh
systemd-notify --ready
while [ ! -e hang ]; do systemd-notify WATCHDOG=1; sleep 0.5; done
exec sleep 1000
`;

async function report(): Promise<StatusReport> {
  const { stdout } = await mainstay('status', '--json').catch((error: { stdout: string }) => error);
  return JSON.parse(stdout) as StatusReport;
}

async function service(name: string): Promise<StatusReport['services'][number]> {
  const found = (await report()).services.find((one) => one.name === name);
  assert.ok(found);
  return found;
}

/** Waits until what is asked for of a service is true. */
async function untilService(name: string, what: string, holds: (one: StatusReport['services'][number]) => boolean) {
  for (let look = 0; look < 120; look++) {
    const one = await service(name);
    if (holds(one)) return one;
    await new Promise((resolve) => {
      setTimeout(resolve, 250);
    });
  }
  return assert.fail(`waited in vain: ${name} ${what}; it is ${JSON.stringify(await service(name))}`);
}

/** Kills the guardian first, so that no new daemon comes by itself. */
async function killDaemon(): Promise<void> {
  const { daemon } = await report();
  const pid = daemon?.pid ?? assert.fail('no daemon');
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const guardian = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  assert.ok(guardian > 1);
  process.kill(guardian, 'SIGKILL');
  process.kill(pid, 'SIGKILL');
  await until(
    () => !fs.existsSync(`/proc/${pid}`) || / Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')),
    'its end',
  );
}

test('a program that becomes ready, and one that is silent, while no daemon runs', async (t) => {
  if ((await loadNative()) === null) return t.skip('koffi does not load here');
  if (spawnSync('systemd-notify', ['--version']).error !== undefined) return t.skip('no systemd-notify here');
  for (const [name, script] of Object.entries({ late: LATE, alive: ALIVE })) {
    fs.writeFileSync(at(name), script, { mode: 0o755 });
  }
  fs.writeFileSync(
    at('mainstay.yaml'),
    `project: adopted
services:
  late: { command: [./late], ready: { notify: true, timeout: 10s } }
  alive: { command: [./alive], ready: { notify: true, timeout: 60s }, watchdog: ${WATCHDOG_SECONDS}s }
`,
  );
  await mainstay('up', '-d', 'alive');
  const alive = await untilService('alive', 'ready', ({ state }) => state === 'ready');
  void mainstay('start', 'late').catch(() => undefined);
  const late = await untilService('late', 'running', ({ state }) => state === 'running');

  await killDaemon();
  fs.writeFileSync(at('go'), '');
  await until(() => fs.existsSync(at('said')), 'it said that it is ready, to nobody');
  // Longer than the period: nothing of what it says meanwhile is heard.
  await new Promise((resolve) => {
    setTimeout(resolve, (WATCHDOG_SECONDS + 1) * 1000);
  });
  await mainstay('up', '-d');
  const adopted = await untilService('late', 'assumed to be ready', ({ state }) => state === 'ready');
  assert.equal(adopted.pid, late.pid);
  assert.equal(adopted.restarts, late.restarts);
  assert.equal((await service('alive')).pid, alive.pid, 'a fresh period begins with the adoption');
  const events = fs.readFileSync(at('.mainstay/logs/events.log'), 'utf8');
  assert.match(events, /late.*adopted; readiness assumed/);
  assert.doesNotMatch(events, /gave no sign of life/);

  fs.writeFileSync(at('hang'), '');
  await untilService('alive', 'restarted when it really hangs', ({ pid }) => pid !== null && pid !== alive.pid);
  assert.match(fs.readFileSync(at('.mainstay/logs/events.log'), 'utf8'), /alive.*gave no sign of life/);
});
