/** A real PostgreSQL for one test file. */
import { execFile } from 'node:child_process';
import { appendFileSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { servers } from '../../../../../scripts/servers.mjs';
import { freePorts } from '../../../../../test/support/ports.ts';
import { Program, makeFolder, unprivileged } from './program.ts';

const run = promisify(execFile);

export interface Postgres extends AsyncDisposable {
  port: number;
  /** Also that of its socket. */
  folder: string;
  program: Program;
  /** As the administrator `admin`, who needs no password. */
  sql(statement: string): Promise<unknown[][]>;
  /** A connection of the administrator that stays. */
  client(): Promise<pg.Client>;
  /** Another one that follows it. */
  standby(): Promise<Postgres>;
}

/** A file that the server may read, and nobody else. */
export function writeSecret(path: string, text: string): string {
  writeFileSync(path, text, { mode: 0o600 });
  if (unprivileged.uid !== undefined) chownSync(path, unprivileged.uid, unprivileged.gid ?? 0);
  return path;
}

/** Users but `admin` log in with a password. */
export async function startPostgres(...settings: string[]): Promise<Postgres> {
  const { programs, env } = await servers(['postgresql']);
  const folder = makeFolder('postgres');
  const data = join(folder.path, 'data');
  const args = ['-D', data, '-U', 'admin', '-A', 'scram-sha-256', '--no-sync', '--pwfile'];
  const password = writeSecret(join(folder.path, 'password'), 'for-tests-only\n');
  await run(programs['initdb']!, [...args, password], { env, cwd: folder.path, ...unprivileged });
  writeFileSync(
    join(data, 'pg_hba.conf'),
    [
      'local all,replication all trust',
      'host all,replication admin 127.0.0.1/32 trust',
      'host all all 127.0.0.1/32 scram-sha-256',
      '',
    ].join('\n'),
  );
  return begin(folder, data, settings);
}

async function begin(folder: ReturnType<typeof makeFolder>, data: string, settings: string[]): Promise<Postgres> {
  const { programs, env } = await servers(['postgresql']);
  const [port = 0] = await freePorts(1);
  const fixed = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder.path}`,
    'fsync=off',
    'max_connections=20',
    'superuser_reserved_connections=1',
    'shared_buffers=8MB',
    ...settings,
  ];
  appendFileSync(join(data, 'postgresql.conf'), fixed.map((line) => line.replace('=', " = '").concat("'\n")).join(''));
  const program = new Program(programs['postgres']!, ['-D', data], { env, cwd: folder.path });
  const client = async (): Promise<pg.Client> => {
    const made = new pg.Client({ host: folder.path, port, user: 'admin', database: 'postgres' });
    made.on('error', () => undefined);
    await made.connect();
    return made;
  };
  const sql = async (statement: string): Promise<unknown[][]> => {
    const asked = await client();
    try {
      return (await asked.query({ text: statement, rowMode: 'array' })).rows as unknown[][];
    } finally {
      await asked.end();
    }
  };
  await program.until(() => sql('SELECT 1'));
  return {
    port,
    folder: folder.path,
    program,
    sql,
    client,
    async standby() {
      const second = makeFolder('postgres-standby');
      const copy = join(second.path, 'data');
      const source = [
        '-h',
        folder.path,
        '-p',
        String(port),
        '-U',
        'admin',
        '-D',
        copy,
        '-R',
        '-X',
        'stream',
        '-c',
        'fast',
      ];
      await run(programs['pg_basebackup']!, [...source, '--no-sync'], { env, cwd: second.path, ...unprivileged });
      return begin(second, copy, []);
    },
    async [Symbol.asyncDispose]() {
      // SIGQUIT ends its processes with it; SIGKILL would leave them a moment.
      await program.stop('SIGQUIT');
      folder[Symbol.dispose]();
    },
  };
}
