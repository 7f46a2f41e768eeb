import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDaemon } from '../../src/cli/daemonize/index.ts';
import { Client, guardianLives, isAlive } from '../../src/cli/client/index.ts';
import { planOf } from '../../src/sim/plan.ts';

const PLAN = planOf([]);

/** A small daemon: says what it was given, and ends as it is told through a file. */
const DAEMON = `
import { createServer } from 'node:http';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
const state = process.argv[process.argv.indexOf('--state-dir') + 1];
appendFileSync(state + '/starts', process.pid + '\\n');
writeFileSync(state + '/seen.json', JSON.stringify({ argv: process.argv.slice(2), env: process.env, cwd: process.cwd() }));
const will = existsSync(state + '/will') ? JSON.parse(readFileSync(state + '/will', 'utf8')) : {};
if (will.say) console.error(will.say);
if (will.exit !== undefined) process.exit(will.exit);
rmSync(state + '/daemon.sock', { force: true });
createServer((request, response) => response.end('{}')).listen(state + '/daemon.sock');
process.on('SIGTERM', () => process.exit(0));
process.on('SIGHUP', () => appendFileSync(state + '/hups', 'x'));
`;

interface Stage extends AsyncDisposable {
  stateDir: string;
  entry: string;
  start: (extra?: Partial<Parameters<typeof startDaemon>[0]>) => Promise<boolean>;
  will: (what: { exit?: number; say?: string }) => void;
  starts: () => number[];
  guardianPid: () => number;
}

function stage(): Stage {
  const directory = mkdtempSync(join(tmpdir(), 'mainstay-guardian-'));
  const stateDir = join(directory, 'state');
  const entry = join(directory, 'daemon.mjs');
  writeFileSync(entry, DAEMON);
  const starts = (): number[] => lines(join(stateDir, 'starts')).map(Number);
  const guardianPid = (): number =>
    (JSON.parse(readFileSync(join(stateDir, 'guardian.json'), 'utf8')) as { pid: number }).pid;
  return {
    stateDir,
    entry,
    starts,
    guardianPid,
    start: (extra) =>
      startDaemon({
        stateDir,
        label: 'shop',
        plan: PLAN,
        services: ['web'],
        dev: false,
        env: process.env,
        extraEnv: {},
        entry,
        ...extra,
      }),
    will: (what) => writeFileSync(join(stateDir, 'will'), JSON.stringify(what)),
    [Symbol.asyncDispose]: async () => {
      if (guardianLives(stateDir)) {
        const pid = guardianPid();
        process.kill(pid, 'SIGTERM');
        await until('the guardian ends', () => !isAlive(pid, null));
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `${what}: not within a minute`);
    await sleep(20);
  }
}

test('starts the daemon with the plan beside it and little of the environment', async () => {
  await using it = stage();
  const env = { ...process.env, PATH: process.env['PATH'] ?? '', SHELL_SECRET: 'no', MAINSTAY_ENV: 'production' };
  await it.start({ env, extraEnv: { DATABASE_URL: 'yes' }, dev: true });
  assert.equal(await new Client({ stateDir: it.stateDir, label: 'shop' }).isRunning(), true);
  assert.deepEqual(JSON.parse(readFileSync(join(it.stateDir, 'plan.json'), 'utf8')), PLAN);
  assert.equal(statSync(join(it.stateDir, 'plan.json')).mode & 0o777, 0o600);
  const seen = JSON.parse(readFileSync(join(it.stateDir, 'seen.json'), 'utf8')) as {
    argv: string[];
    env: Record<string, string>;
    cwd: string;
  };
  assert.deepEqual(seen.argv, ['--state-dir', it.stateDir, '--dev']);
  assert.equal(seen.cwd, '/');
  assert.equal(seen.env['DATABASE_URL'], 'yes');
  assert.equal(seen.env['MAINSTAY_ENV'], 'production');
  assert.equal('SHELL_SECRET' in seen.env, false);
});

test('a killed daemon is brought back; a second start finds it', async () => {
  await using it = stage();
  await it.start();
  const [first = 0] = it.starts();
  process.kill(first, 'SIGKILL');
  await until('another daemon', () => it.starts().length === 2);
  await it.start();
  assert.equal(it.starts().length, 2);
});

test('starts at the same time from several processes are one daemon', async () => {
  await using it = stage();
  const module = new URL('../../src/cli/daemonize/index.ts', import.meta.url).href;
  const options = {
    stateDir: it.stateDir,
    label: 'shop',
    plan: PLAN,
    dev: false,
    env: process.env,
    extraEnv: {},
    entry: it.entry,
  };
  const script = `import { startDaemon } from '${module}'; await startDaemon(${JSON.stringify(options)});`;
  const codes = await Promise.all(
    [1, 2, 3].map(async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
      return new Promise((resolve) => child.once('exit', resolve));
    }),
  );
  assert.deepEqual(codes, [0, 0, 0]);
  assert.equal(it.starts().length, 1);
  assert.equal(guardianLives(it.stateDir), true);
});

test('a deliberate end ends the guardian too, and SIGHUP is passed on', async () => {
  await using it = stage();
  await it.start();
  const guardian = it.guardianPid();
  process.kill(guardian, 'SIGHUP');
  await until('the daemon hears SIGHUP', () => lines(join(it.stateDir, 'hups')).join('') === 'x');
  assert.equal(it.starts().length, 1);
  process.kill(it.starts()[0] ?? 0, 'SIGTERM');
  await until('the guardian ends', () => !isAlive(guardian, null));
  assert.equal(guardianLives(it.stateDir), false);
  assert.equal(it.starts().length, 1);
});

test('SIGTERM to the guardian ends the daemon and then the guardian', async () => {
  await using it = stage();
  await it.start();
  const guardian = it.guardianPid();
  const [daemon = 0] = it.starts();
  process.kill(guardian, 'SIGTERM');
  await until('the guardian ends', () => !isAlive(guardian, null));
  assert.equal(isAlive(daemon, null), false);
  assert.equal(it.starts().length, 1);
});

test('a refusal is final and shown in its own words', async () => {
  await using it = stage();
  await it.start();
  process.kill(it.guardianPid(), 'SIGTERM');
  await until('the guardian ends', () => !guardianLives(it.stateDir));
  it.will({ exit: 3, say: 'the lock is held by process 7' });
  await assert.rejects(it.start(), {
    code: 'already-running',
    message: 'cannot start the daemon of shop: the lock is held by process 7',
  });
  assert.equal(it.starts().length, 2);
});

test('a daemon that ends again and again is given up, with its last words, and nothing is left running', async () => {
  await using it = stage();
  await it.start();
  process.kill(it.guardianPid(), 'SIGTERM');
  await until('the guardian ends', () => !guardianLives(it.stateDir));
  it.will({ exit: 1, say: 'no space left on device' });
  await assert.rejects(it.start(), (error: Error) => {
    assert.match(
      error.message,
      /^cannot start the daemon: it ended \d times; the last it said was: no space left on device$/,
    );
    return true;
  });
  await until('the guardian ends', () => !guardianLives(it.stateDir));
});

test('a state directory that cannot be used is an error of its own', async () => {
  await using it = stage();
  await assert.rejects(it.start({ stateDir: join(it.entry, 'state') }), {
    code: 'state-directory',
    message: `cannot use ${join(it.entry, 'state')}: a part of the path is no directory`,
  });
});

test('a state directory below /proc is refused, and not tried for ever', () => {
  const files = new URL('../../src/cli/daemonize/files.ts', import.meta.url).href;
  const script = `import { makeStateDirectory } from '${files}'; makeStateDirectory('/proc/x');`;
  // A program of its own: what hangs here cannot be interrupted from inside.
  const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  assert.equal(signal, null);
  assert.match(stderr, /cannot use \/proc\/x: no file or directory can be made there/);
});
