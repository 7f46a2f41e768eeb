import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { Client, guardianLives } from '../../src/cli/client/index.ts';
import type { StatusReport } from '@mainstay/protocol';

const CLI = fileURLToPath(new URL('../../src/entry/cli.ts', import.meta.url));

const FILE = `project: shop
services:
  db:
    command: [sleep, "100000"]
  web:
    command: [sh, -c, "trap 'echo bye; exit 0' TERM; echo hello; while :; do sleep 0.1; done"]
    depends_on: [db]
`;

/** The real program, with the real daemon, in a directory of its own; what was started is ended at the end. */
function stage(file: string) {
  const directory = mkdtempSync(join(tmpdir(), 'mainstay-term-'));
  const stateDir = join(directory, '.mainstay');
  writeFileSync(join(directory, 'mainstay.yaml'), file);
  const run = (...args: string[]): { code: number | null; out: string; err: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
      cwd: directory,
      encoding: 'utf8',
    });
    return { code: status, out: stdout, err: stderr };
  };
  return {
    stateDir,
    run,
    status: () => new Client({ stateDir, label: 'shop' }).json<StatusReport>('GET', '/status'),
    /** `up` on a terminal of its own. */
    onTerminal: () => {
      // Without `exec` some shells stay in between, and answer Ctrl-C themselves.
      const words = [process.execPath, CLI, 'up'].map((word) => `'${word}'`).join(' ');
      const child = spawn('script', ['-qec', `exec ${words}`, '/dev/null'], {
        cwd: directory,
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let shown = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
      return {
        raw: () => shown,
        /** Without colours. */
        shown: () => stripVTControlCharacters(shown),
        ended,
        type: (text: string) => child.stdin.write(text),
        until: async (pattern: RegExp): Promise<void> => {
          for (const deadline = Date.now() + 120_000; !pattern.test(stripVTControlCharacters(shown)); await sleep(20)) {
            assert.ok(Date.now() < deadline && child.exitCode === null, `${String(pattern)} is not in:\n${shown}`);
          }
        },
      };
    },
    [Symbol.dispose]: () => {
      if (guardianLives(stateDir)) run('down', '--now');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

test('up on a terminal shows lines and states in colour; Ctrl-C stops everything in order', async () => {
  using it = stage(FILE);
  const up = it.onTerminal();
  await up.until(/NAME +STATE/);
  await up.until(/web.*\| hello/);
  assert.notEqual(up.raw(), up.shown());
  const { services } = await it.status();
  const pids = services.map(({ pid }) => pid);
  assert.equal(pids.length, 2);
  up.type('\u0003');
  assert.equal(await up.ended, 0, up.shown());
  assert.match(up.shown(), /stopping everything in order[^]*web.*stopped[^]*db.*stopped[^]*shop is down/);
  assert.match(up.shown(), /\| bye/);
  assert.equal(existsSync(join(it.stateDir, 'daemon.json')), false);
  assert.equal(guardianLives(it.stateDir), false);
  for (const pid of pids) assert.equal(existsSync(`/proc/${pid}`), false, `process ${pid} is left`);
});

test('Ctrl-C twice does not wait for a service that will not stop', async () => {
  using it = stage(`project: shop
services:
  deaf:
    command: [sh, -c, "trap '' TERM; while :; do sleep 0.1; done"]
    stop_grace_period: 1h
`);
  const up = it.onTerminal();
  await up.until(/NAME +STATE/);
  up.type('\u0003');
  await up.until(/in order/);
  // Sooner it would be taken for the same one, passed on twice.
  await sleep(200);
  up.type('\u0003');
  assert.equal(await up.ended, 0, up.shown());
  assert.match(up.shown(), /at once[^]*shop is down/);
});

test('a view of a system in the background ends without ending the system', async () => {
  using it = stage(FILE);
  const started = it.run('up', '-d');
  assert.equal(started.code, 0, started.err);
  assert.match(started.out, /web +ready/);
  const before = (await it.status()).services.map(({ pid }) => pid);
  const up = it.onTerminal();
  await up.until(/NAME +STATE/);
  up.type('\u0003');
  assert.equal(await up.ended, 0);
  assert.match(up.shown(), /shop runs on; mainstay down stops it/);
  assert.deepEqual(
    (await it.status()).services.map(({ pid }) => pid),
    before,
  );
  assert.equal(it.run('status').code, 0);
  const down = it.run('down');
  assert.equal(down.code, 0, down.err);
  assert.match(down.out, /shop is down\n$/);
  assert.equal(it.run('status').code, 1);
});

test('a reader that has gone ends the program quietly', () => {
  using it = stage(FILE);
  const { status, stderr } = spawnSync('sh', ['-c', '"$0" "$1" help | true', process.execPath, CLI], {
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  assert.equal(stderr, '');
  assert.equal(it.run('help').code, 0);
});

test('when the reader of up goes away, everything is stopped in order all the same', async () => {
  using it = stage(`project: shop
services:
  db:
    command: [sleep, "100000"]
  web:
    command: [sh, -c, "trap 'echo bye; exit 0' TERM; while :; do echo hello; sleep 0.1; done"]
    depends_on: [db]
`);
  const { status, stdout } = spawnSync('sh', ['-c', '"$0" "$1" up | grep -m 1 "web.*hello"', process.execPath, CLI], {
    cwd: dirname(it.stateDir),
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  assert.match(stdout, /hello/);
  const events = readFileSync(join(it.stateDir, 'logs/events.log'), 'utf8');
  assert.match(events, /web: stopping → stopped[^]*db: ready → stopping[^]*db: stopping → stopped/);
  assert.equal(guardianLives(it.stateDir), false);
});
