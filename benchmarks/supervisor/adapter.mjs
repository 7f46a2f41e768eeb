/**
 * mainstay for a side-by-side benchmark of supervisors, as it is shipped: `mainstay up`, `status`, `down` of the built
 * package, on the Node of this checkout. The interface is the benchmark's: one object that prepares, launches, tells
 * pids and log files, and stops.
 *
 * - `policy: 'fast'` is no delay and no limit on restarts; `default` sets nothing about restarts.
 * - The supervisor's processes are the daemon and its guardian, a shell.
 * - `MAINSTAY_BENCH_SAMPLING=off`: nothing is measured of the services.
 * - `relaunch` waits: the guardian has brought the daemon back already, or `up` does when it was killed as well.
 *
 * Run by hand: `npm run build`, then put a link to this file among the benchmark's adapters. It needs nothing of the benchmark.
 */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(realpathSync(fileURLToPath(import.meta.url))), '../..');
const NODE = realpathSync(join(ROOT, 'node_modules/.bin/node'));
const UNLIMITED = 100_000;

export const name = 'mainstay';
export const features = { log: true, rotate: true };

export async function version() {
  const { stdout } = await run(launcher(), tmpdir(), ['--version']);
  const node = await new Promise((resolve) => {
    execFile(NODE, ['--version'], (_error, out) => resolve(out.trim()));
  });
  return `${stdout.trim()} (node ${node})`;
}

let copied = null;

/** In a checkout the launcher prefers the sources, so what is shipped is copied elsewhere. */
export function launcher() {
  if (copied !== null) return copied;
  const built = join(ROOT, 'packages/mainstay');
  if (!existsSync(join(built, 'dist/cli.cjs'))) throw new Error('there is no bundle; try: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'mainstay-shipped-'));
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(join(built, part), join(folder, part), { recursive: true });
  // The optional native library lies beside an installed package.
  mkdirSync(join(folder, 'node_modules'));
  cpSync(join(ROOT, 'node_modules/koffi'), join(folder, 'node_modules/koffi'), { recursive: true });
  const native = join(ROOT, 'node_modules/@koromix');
  if (existsSync(native)) cpSync(native, join(folder, 'node_modules/@koromix'), { recursive: true });
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  copied = join(folder, 'bin/mainstay.cjs');
  return copied;
}

/** Runs a command to its end; never rejects. */
export function run(program, cwd, args) {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME ?? '/tmp', BENCH_DIR: cwd };
    execFile(NODE, [program, ...args], { cwd, env, timeout: 120_000, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? -1), stdout, stderr });
    });
  });
}

/** mainstay.yaml of the benchmark's services; JSON is YAML. */
function fileOf(services) {
  const entries = services.map((service) => {
    const fast = { delay: '0s', max_attempts: UNLIMITED, window: '1h' };
    return [
      service.name,
      {
        // In mainstay.yaml `$$` is a dollar sign.
        command: service.argv.map((word) => word.replaceAll('$', () => '$$')),
        ...(service.policy === 'fast' ? { restart: 'always', restart_policy: fast } : {}),
        ...(service.log === undefined
          ? {}
          : { logging: { max_size: `${service.log.maxBytes}b`, max_files: service.log.keep + 1 } }),
      },
    ];
  });
  return JSON.stringify({
    project: 'bench',
    restart_budget: { restarts: UNLIMITED, window: '1h' },
    ...(process.env.MAINSTAY_BENCH_SAMPLING === 'off' ? { sampling: false } : {}),
    services: Object.fromEntries(entries),
  });
}

export function create() {
  let directory = '';
  const mainstay = (...args) => run(launcher(), directory, args);
  const pidIn = (file) => {
    try {
      return JSON.parse(readFileSync(join(directory, '.mainstay', file), 'utf8')).pid;
    } catch {
      return null;
    }
  };
  const status = async () => {
    const { stdout } = await mainstay('status', '--json');
    return stdout === '' ? [] : JSON.parse(stdout).services;
  };
  return {
    prepare(services, dir) {
      directory = dir;
      writeFileSync(join(dir, 'mainstay.yaml'), fileOf(services));
      launcher();
    },
    async launch() {
      const { code, stderr } = await mainstay('up', '-d');
      if (code !== 0) throw new Error(stderr);
    },
    mainPid: () => pidIn('daemon.json'),
    daemonPids: () =>
      ['daemon.json', 'guardian.json'].map(pidIn).filter((pid) => pid !== null && existsSync(`/proc/${pid}`)),
    async pids() {
      const services = await status();
      return Object.fromEntries(services.filter(({ pid }) => pid !== null).map((one) => [one.name, one.pid]));
    },
    async state(service) {
      const found = (await status()).find((one) => one.name === service);
      return found === undefined ? 'unknown' : `${found.state}, ${found.restarts} restarts`;
    },
    logFiles(service) {
      const folder = join(directory, '.mainstay/logs');
      const mine = (file) => file.startsWith(`${service}.log`) && !file.endsWith('.idx');
      return existsSync(folder)
        ? readdirSync(folder)
            .filter(mine)
            .map((file) => join(folder, file))
        : [];
    },
    async relaunch() {
      await mainstay('up', '-d');
    },
    async stop() {
      await mainstay('down');
    },
    /** As systemd stops a service, without a command of our own. */
    async stopBySignal() {
      const pid = pidIn('guardian.json');
      if (pid === null) return;
      process.kill(pid, 'SIGTERM');
      while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => void setTimeout(resolve, 5));
    },
  };
}
