// Makes what the services need and is not there yet. Killed at any moment and run again, it goes on.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const data = resolve(process.env.DATA_DIR || 'data');
const owner = account(process.env.SERVICE_USER);

for (const folder of ['.', 'redis', 'nginx']) directory(join(data, folder));
file(
  join(data, 'nginx/nginx.conf'),
  readFileSync('nginx.conf', 'utf8').replaceAll(/@(\w+)@/g, (_, name) => process.env[name]),
);
file(
  join(data, 'redis/redis.conf'),
  `bind 127.0.0.1
port ${process.env.REDIS_PORT}
dir ${JSON.stringify(join(data, 'redis'))}
requirepass ${process.env.REDIS_PASSWORD}
appendonly yes
save ""
`,
);

const cluster = join(data, 'postgres');
if (existsSync(cluster)) console.log('the database cluster exists');
else createCluster(cluster);

/** A cluster with its roles and database, complete or not at all: it gets its name last. */
function createCluster(target) {
  const draft = `${target}.new`;
  rmSync(draft, { recursive: true, force: true });
  directory(draft);
  const passwordFile = join(data, 'admin-password');
  file(passwordFile, process.env.ADMIN_PASSWORD);
  run('initdb', [
    '-D',
    draft,
    '-U',
    'admin',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--locale=C',
  ]);
  rmSync(passwordFile);
  // The owner changes tables; the app adds rows and reads them, and nobody else gets in.
  statements(draft, 'postgres', [
    `CREATE ROLE stack_owner LOGIN PASSWORD ${literal(process.env.OWNER_PASSWORD)}`,
    `CREATE ROLE stack_web LOGIN PASSWORD ${literal(process.env.WEB_PASSWORD)}`,
    'CREATE DATABASE stack OWNER stack_owner',
    'REVOKE ALL ON DATABASE stack FROM PUBLIC',
    'GRANT CONNECT ON DATABASE stack TO stack_web',
    'ALTER DATABASE stack SET search_path = app',
  ]);
  statements(draft, 'stack', [
    'REVOKE ALL ON SCHEMA public FROM PUBLIC',
    'CREATE SCHEMA app AUTHORIZATION stack_owner',
    'GRANT USAGE ON SCHEMA app TO stack_web',
    'ALTER DEFAULT PRIVILEGES FOR ROLE stack_owner IN SCHEMA app GRANT SELECT, INSERT ON TABLES TO stack_web',
  ]);
  renameSync(draft, target);
  console.log('made the database cluster');
}

/** Runs SQL in a cluster that no server runs on. Passwords go through stdin: arguments can be seen by everybody. */
function statements(folder, database, list) {
  const input = list.map((statement) => `${statement};\n\n`).join('');
  run(
    'postgres',
    [
      '--single',
      '-j',
      '-D',
      folder,
      '-c',
      'exit_on_error=on',
      '-c',
      'log_min_error_statement=panic',
      '-c',
      'log_min_messages=warning',
      database,
    ],
    input,
  );
}

function literal(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

function run(program, args, input = '') {
  execFileSync(program, args, { input, stdio: ['pipe', 'ignore', 'inherit'], cwd: data, ...owner });
}

function directory(path) {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o700);
  if (owner !== null) chownSync(path, owner.uid, owner.gid);
}

/** Written beside and renamed: a reader sees the old file or the new one. */
function file(path, text) {
  rmSync(`${path}.new`, { force: true });
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  if (owner !== null) chownSync(`${path}.new`, owner.uid, owner.gid);
  renameSync(`${path}.new`, path);
}

/** Whom everything is given to; null: it is whoever runs this. */
function account(name) {
  if (process.getuid() !== 0) return null;
  const id = (flag) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
