/** A real Redis for one test file. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { servers } from '../../../../../scripts/servers.mjs';
import { freePorts } from '../../../../../test/support/ports.ts';
import { Program, makeFolder } from './program.ts';

export interface Redis extends AsyncDisposable {
  port: number;
  folder: string;
  program: Program;
  /** `redis-cli`: what it prints. Rejects when Redis answers with an error. */
  cli(...words: string[]): Promise<string>;
}

interface Options {
  settings?: string[];
  /** Paths in PEM form: it then speaks TLS only. */
  tls?: { cert: string; key: string; ca: string };
  /** A folder with data to begin with. */
  folder?: string;
  /** What `redis-cli` needs before its words. */
  login?: string[];
}

export async function startRedis({ settings = [], tls, folder: given, login = [] }: Options = {}): Promise<Redis> {
  const { programs, env } = await servers(['redis']);
  const own = given === undefined ? makeFolder('redis') : null;
  const folder = given ?? own!.path;
  const [port = 0] = await freePorts(1);
  const ports =
    tls === undefined
      ? ['--port', String(port)]
      : [
          ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
          ...['--tls-cert-file', tls.cert, '--tls-key-file', tls.key, '--tls-ca-cert-file', tls.ca],
        ];
  const program = new Program(
    programs['redis-server']!,
    [
      ...['--bind', '127.0.0.1', '--dir', folder, '--save', ''],
      ...['--enable-debug-command', 'yes', '--enable-protected-configs', 'yes'],
      ...ports,
      ...settings,
    ],
    { env, cwd: folder },
  );
  const secure = tls === undefined ? [] : ['--tls', '--cacert', tls.ca];
  const cli = async (...words: string[]): Promise<string> => {
    const args = ['-e', '-p', String(port), ...secure, ...login, ...words];
    const { stdout } = await promisify(execFile)(programs['redis-cli']!, args, { env });
    return stdout.trim();
  };
  await program.until(() => cli('info'));
  return {
    port,
    folder,
    program,
    cli,
    async [Symbol.asyncDispose]() {
      await program.stop();
      own?.[Symbol.dispose]();
    },
  };
}
