// Starts the example with one command: brings the servers that are missing, writes .env, and calls `mainstay up`.
//   node examples/web-stack/run.mjs [arguments of mainstay up]
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { servers } from '../../scripts/servers.mjs';

const here = dirname(realpathSync(fileURLToPath(import.meta.url)));
const root = resolve(here, '../..');
const pinned = join(root, 'node_modules/.bin/node');

try {
  const node = Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : realpathSync(pinned);
  const { env } = await servers(['postgresql', 'redis', 'nginx'], { say: (line) => console.error(line) });
  const user = process.getuid() === 0 ? serviceUser() : String(process.getuid());
  const path = `${dirname(node)}:${env.PATH}`;
  if (process.getuid() === 0) checkReachable(user, [here, node, ...path.split(':')]);
  writeEnvironment({ SERVERS_PATH: path, SERVERS_LIBRARIES: env.LD_LIBRARY_PATH ?? '', SERVICE_USER: user });
  const cli = join(root, 'packages/mainstay/src/entry/cli.ts');
  const args = [cli, 'up', '-f', join(here, 'mainstay.yaml'), ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit' });
  // Ctrl-C reaches the child from the terminal; what is sent to this process alone is handed on.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 128);
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/** Variables of .env that are there stay as they are: the passwords are in the database too. */
function writeEnvironment(found) {
  const file = join(here, '.env');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const lines = before
    .split('\n')
    .filter((line) => line !== '' && !Object.keys(found).some((name) => line.startsWith(`${name}=`)));
  for (const name of ['ADMIN_PASSWORD', 'OWNER_PASSWORD', 'WEB_PASSWORD', 'REDIS_PASSWORD']) {
    if (!lines.some((line) => line.startsWith(`${name}=`))) lines.push(`${name}=${randomBytes(16).toString('hex')}`);
  }
  for (const [name, value] of Object.entries(found)) lines.push(`${name}=${value}`);
  writeFileSync(`${file}.new`, `${lines.join('\n')}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** PostgreSQL refuses root, and the others need not be it. */
function serviceUser() {
  return /^postgres:/m.test(readFileSync('/etc/passwd', 'utf8')) ? 'postgres' : 'nobody';
}

function checkReachable(user, paths) {
  for (const path of paths) {
    for (let folder = path; folder !== '/'; folder = dirname(folder)) {
      if (!existsSync(folder) || (statSync(folder).mode & 0o001) !== 0) continue;
      throw new Error(
        `cannot start as root: the services run as ${user}, who may not enter ${folder}; start as another user, or move the checkout`,
      );
    }
  }
}
