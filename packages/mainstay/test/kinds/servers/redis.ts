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
  const words = (line: string): string[] => line.split(' ');
  const listening =
    tls === undefined
      ? ['--port', String(port)]
      : [
          words(`--port 0 --tls-port ${port} --tls-auth-clients no`),
          ['--tls-cert-file', tls.cert, '--tls-key-file', tls.key, '--tls-ca-cert-file', tls.ca],
        ].flat();
  const allowed = words('--bind 127.0.0.1 --enable-debug-command yes --enable-protected-configs yes');
  const args = ['--dir', folder, '--save', '', ...allowed, ...listening, ...settings];
  const program = new Program(programs['redis-server']!, args, { env, cwd: folder });
  const secure = tls === undefined ? [] : ['--tls', '--cacert', tls.ca];
  const cli = async (...command: string[]): Promise<string> => {
    const spoken = ['-e', '-p', String(port), ...secure, ...login, ...command];
    const { stdout } = await promisify(execFile)(programs['redis-cli']!, spoken, { env });
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
