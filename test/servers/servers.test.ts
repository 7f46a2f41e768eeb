// Each server is what it says, and really starts: as the machine has it and as unpacked from Debian's packages.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { servers } from '../../scripts/servers.mjs';

const run = promisify(execFile);
/** The user "nobody" of Debian: PostgreSQL refuses to run as root. */
const NOBODY = 65534;
const unprivileged = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
/** Waiting for a server to answer, ms. */
const PATIENCE = 60_000;

for (const installed of [true, false]) {
  describe(installed ? 'servers of the machine where it has them' : 'servers unpacked into the checkout', async () => {
    const { programs, env, origin } = await servers(['postgresql', 'redis', 'nginx'], { installed });
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'servers-')));
    if (unprivileged.uid !== undefined) chownSync(folder, unprivileged.uid, unprivileged.gid);
    after(() => rmSync(folder, { recursive: true }));
    const call = (program: string, args: readonly string[], user = {}): Promise<{ stdout: string; stderr: string }> =>
      run(programs[program] ?? program, args, { env, cwd: folder, ...user });

    test('come from where they should', () => {
      if (!installed) assert.deepEqual(origin, { postgresql: 'unpacked', redis: 'unpacked', nginx: 'unpacked' });
      assert.equal(Object.values(origin).length, 3);
    });

    test('every program answers', async () => {
      // redis-check-rdb and redis-check-aof take nothing but a file.
      for (const program of Object.keys(programs).filter((name) => !name.startsWith('redis-check'))) {
        const { stdout, stderr } = await call(program, [program === 'nginx' ? '-v' : '--version']);
        assert.match(stdout + stderr, /PostgreSQL\) 15\.|[ =]7\.0\.|nginx\/1\.22\./, program);
      }
    });

    test('postgresql makes a database directory and answers on its socket as an unprivileged user', async () => {
      const data = join(folder, 'pg');
      await call('initdb', ['-D', data, '-A', 'trust', '-U', 'tester', '--no-sync'], unprivileged);
      const args = [
        '-D',
        data,
        '-c',
        'listen_addresses=',
        '-c',
        `unix_socket_directories=${folder}`,
        '-c',
        'fsync=off',
      ];
      await using _ = start(programs['postgres'] ?? '', args, { env, cwd: folder, ...unprivileged }, 'SIGINT');
      const ask = ['-h', folder, '-U', 'tester', '-d', 'postgres', '-Atc'];
      await until(() => call('psql', [...ask, 'select 1'], unprivileged));
      const { stdout } = await call('psql', [...ask, 'select count(*) > 0 from pg_timezone_names'], unprivileged);
      assert.equal(stdout.trim(), 't');
    });

    test('redis answers on its port', async () => {
      const port = await freePort();
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
      await using _ = start(programs['redis-server'] ?? '', args, { env, cwd: folder }, 'SIGTERM');
      const { stdout } = await until(() => call('redis-cli', ['-p', String(port), 'ping']));
      assert.equal(stdout.trim(), 'PONG');
    });

    test('nginx serves a page', async () => {
      const port = await freePort();
      const base = join(folder, 'nginx');
      mkdirSync(base);
      const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${base}/${name};`,
      );
      const user = unprivileged.uid === undefined ? '' : 'user nobody nogroup;';
      writeFileSync(
        join(base, 'nginx.conf'),
        `${user} daemon off; pid ${base}/pid; error_log stderr; events {} http { access_log off; ${temps.join(' ')}
         server { listen 127.0.0.1:${String(port)}; location / { return 200 "hello"; } } }`,
      );
      const args = ['-p', base, '-e', 'stderr', '-c', join(base, 'nginx.conf')];
      await using _ = start(programs['nginx'] ?? '', args, { env, cwd: folder }, 'SIGQUIT');
      const text = await until(async () => (await fetch(`http://127.0.0.1:${String(port)}/`)).text());
      assert.equal(text, 'hello');
    });
  });
}

test('an unknown server is refused with the list', async () => {
  await assert.rejects(servers(['mysql' as 'redis']), /cannot bring "mysql": the servers are postgresql, redis, nginx/);
});

/** Starts a server; disposing ends it and waits. */
function start(program: string, args: readonly string[], options: object, stop: NodeJS.Signals): AsyncDisposable {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], ...options });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text));
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      log += error.message;
      resolve();
    });
    child.on('exit', () => resolve());
  });
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) process.stderr.write(log);
      child.kill(stop);
      await ended;
    },
  };
}

/** Repeats until it no longer fails; the last error when patience ends. */
async function until<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(100);
    }
  }
}

/** A port that nobody listens on just now. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
