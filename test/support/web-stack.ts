/** The example web stack, started for tests: real PostgreSQL, Redis, nginx, and two programs in Node. */
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { servers } from '../../scripts/servers.mjs';
import { freePorts } from './ports.ts';
import { PROGRAMS, System } from './system.ts';

const root = join(import.meta.dirname, '../..');
const example = join(root, 'examples/web-stack');
const FILES = [
  'app.mjs',
  'connections.mjs',
  'init.mjs',
  'migrate.mjs',
  'notify.mjs',
  'page.mjs',
  'worker.mjs',
  'nginx.conf',
];

export interface WebStack {
  system: System;
  /** Address of nginx. */
  url: string;
  /** `psql` with what it needs to be the database's administrator. */
  psql: { program: string; environment: NodeJS.ProcessEnv; arguments: string[] };
}

/**
 * Makes a copy that notices hangs sooner than the example, and whose Node programs can be told to fail
 * (`programs/trouble.mjs`). Starts nothing.
 */
export async function webStack(say: (line: string) => void): Promise<WebStack> {
  const { env, programs } = await servers(['postgresql', 'redis', 'nginx'], { say });
  const [web = 0, app = 0, postgres = 0, redis = 0] = await freePorts(4);
  const file = readFileSync(join(example, 'mainstay.yaml'), 'utf8')
    .replaceAll('interval: 5s', 'interval: 1s')
    .replace('      REDIS_URL:', `      NODE_OPTIONS: "--import=${join(PROGRAMS, 'trouble.mjs')}"\n      REDIS_URL:`)
    .replace('    stop_signal: SIGQUIT', '    stop_grace_period: 2s\n    stop_signal: SIGQUIT')
    .replace('services:', 'restart_budget: { restarts: 100000, window: 1h }\nservices:')
    .replaceAll('restart_policy: { delay: 250ms,', 'restart_policy: { delay: 50ms, max_attempts: 100000,')
    .replaceAll(/^ {2}(postgres|redis|nginx):$/gm, '  $1:\n    restart_policy: { delay: 50ms, max_attempts: 100000 }');
  const system = new System(file);
  for (const name of FILES) cpSync(join(example, name), join(system.folder, name));
  symlinkSync(join(root, 'node_modules'), join(system.folder, 'node_modules'));
  const secret = 'for-tests-only';
  const variables = {
    SERVERS_PATH: `${dirname(process.execPath)}:${env['PATH']}`,
    SERVERS_LIBRARIES: env['LD_LIBRARY_PATH'] ?? '',
    SERVICE_USER: process.getuid!() === 0 ? 'nobody' : String(process.getuid!()),
    WEB_PORT: web,
    APP_PORT: app,
    POSTGRES_PORT: postgres,
    REDIS_PORT: redis,
    ADMIN_PASSWORD: secret,
    OWNER_PASSWORD: secret,
    WEB_PASSWORD: secret,
    REDIS_PASSWORD: secret,
  };
  system.write(
    '.env',
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  return {
    system,
    url: `http://127.0.0.1:${web}`,
    psql: {
      program: programs['psql'] ?? 'psql',
      environment: { ...env, PGPASSWORD: secret },
      arguments: ['-h', '127.0.0.1', '-p', String(postgres), '-U', 'admin', '-d', 'postgres', '-c'],
    },
  };
}
