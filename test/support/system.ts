/** A project in a folder of its own, driven through the real command line, and gone at the end whatever happened. */
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { InstanceStatus, StatusReport } from '@mainstay/protocol';
import { bearers, childrenOf, look, signal, type Found } from './processes.ts';
import { eventually } from './wait.ts';

const root = realpathSync(join(import.meta.dirname, '../..'));
/** The command line as it runs from source. */
export const CLI = join(root, 'packages/mainstay/src/entry/cli.ts');
/** Programs that tests run as services. */
export const PROGRAMS = join(import.meta.dirname, 'programs');

/** A command that hangs is ended after this long, ms. */
const COMMAND_TIMEOUT = 240_000;

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export class System {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'mainstay-e2e-')));
  readonly stateDir: string;
  /** What the project is called in cookies, control groups and the runtime directory. */
  readonly id: string;
  /** Which command line is used from now on. */
  cli: string;
  /** More variables of the operator's shell. */
  readonly shell: Record<string, string> = {};
  readonly #views = new Set<ChildProcess>();

  /**
   * @param file text of mainstay.yaml
   * @param stateDir below the folder
   * @param cli the command line: from source, or another version
   */
  constructor(file: string, stateDir = '.mainstay', cli = CLI) {
    this.cli = cli;
    // Services of other users must be able to enter.
    chmodSync(this.folder, 0o755);
    this.write('mainstay.yaml', file);
    this.stateDir = join(this.folder, stateDir);
    this.id = createHash('sha256').update(this.stateDir).digest('hex').slice(0, 12);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  /** A file of the folder; empty when there is none. */
  read(name: string): string {
    return textOf(join(this.folder, name));
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  /** What the daemon itself does. */
  ownLog(): string {
    return readFileSync(join(this.stateDir, 'logs/mainstay.log'), 'utf8');
  }

  /** What the guardian and dying daemons said. */
  guardianLog(): string {
    return readFileSync(join(this.stateDir, 'logs/guardian.log'), 'utf8');
  }

  /** The environment of the operator's shell. */
  environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
    const path = `${dirname(process.execPath)}:${process.env['PATH']}`;
    return { ...process.env, PATH: path, NO_COLOR: '1', ...this.shell, ...extra };
  }

  arguments(args: readonly string[]): string[] {
    const directory = this.stateDir === join(this.folder, '.mainstay') ? [] : ['--state-dir', this.stateDir];
    return [this.cli, ...args, ...directory];
  }

  /** Runs a command to its end. */
  mainstay(...args: string[]): Promise<Ran> {
    return new Promise((resolve) => {
      const options = {
        cwd: this.folder,
        env: this.environment(),
        timeout: COMMAND_TIMEOUT,
        maxBuffer: 16 * 1024 ** 2,
      };
      execFile(process.execPath, this.arguments(args), options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      });
    });
  }

  /** Runs a command that must succeed; returns what it printed. */
  async succeeds(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.mainstay(...args);
    assert.equal(code, 0, `mainstay ${args.join(' ')}\n${stdout}${stderr}\n${this.logTails()}`);
    return stdout;
  }

  /** Runs a command that must fail with that exit code; returns what it said. */
  async fails(code: number, ...args: string[]): Promise<string> {
    const ran = await this.mainstay(...args);
    assert.equal(ran.code, code, `mainstay ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
    return ran.stderr;
  }

  /** A command that goes on, such as `up` in the foreground; ended with the system. */
  view(command: string, args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
    const options = { cwd: this.folder, env: this.environment() };
    const child = spawn(command, args, { ...options, stdio: [stdin, 'pipe', 'pipe'] });
    this.#views.add(child);
    child.once('exit', () => this.#views.delete(child));
    return child;
  }

  /** What the daemon answers; null when none does. */
  ask<T>(path: string): Promise<T | null> {
    const socketPath = this.#json<{ socket: string }>('daemon.json')?.socket;
    if (socketPath === undefined) return Promise.resolve(null);
    return new Promise((resolve) => {
      const sent = request({ socketPath, path, agent: false, timeout: 20_000 }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve(response.statusCode === 200 ? (JSON.parse(text) as T) : null));
        response.on('error', () => resolve(null));
      });
      sent.on('timeout', () => sent.destroy());
      sent.on('error', () => resolve(null));
      sent.end();
    });
  }

  async status(): Promise<StatusReport | null> {
    return this.ask<StatusReport>('/status');
  }

  /** Waits for a daemon that answers. */
  async answers(): Promise<StatusReport> {
    let report: StatusReport | null = null;
    await this.eventually('the daemon answers', async () => (report = await this.status()) !== null);
    return report!;
  }

  async service(name: string, instance = 0): Promise<InstanceStatus> {
    const report = await this.answers();
    const found = report.services.find((one) => one.name === name && one.instance === instance);
    assert.ok(found, `${name}/${instance} is in the status`);
    return found;
  }

  /** Waits until an instance is like that. */
  async becomes(
    name: string,
    wanted: (service: InstanceStatus) => boolean,
    what = 'as wanted',
  ): Promise<InstanceStatus> {
    let now = await this.service(name);
    await this.eventually(`${name} is ${what}`, async () => {
      now = await this.service(name);
      return wanted(now);
    });
    return now;
  }

  /** Waits until another process of a service is ready. */
  replaced(name: string, old: number): Promise<InstanceStatus> {
    return this.becomes(name, ({ state, pid }) => state === 'ready' && pid !== old, 'ready again');
  }

  /** Pids of all instances that have one, by `name/instance`. */
  async pids(): Promise<Record<string, number>> {
    const { services } = await this.answers();
    return Object.fromEntries(
      services.flatMap(({ name, instance, pid }) => (pid === null ? [] : [[`${name}/${instance}`, pid]])),
    );
  }

  eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    return eventually(what, holds, async () => `${JSON.stringify(await this.status(), null, 1)}\n${this.logTails()}`);
  }

  /** The loop that brings the daemon back; null when it is gone. */
  guardian(): Found | null {
    const said = this.#json<{ pid: number; startTime: string }>('guardian.json');
    const found = said === null ? null : look(said.pid);
    return found?.startTime === said?.startTime ? found : null;
  }

  /** The daemon, also while it is only beginning; null when there is none. */
  daemon(): Found | null {
    const guardian = this.guardian();
    const children = guardian === null ? [] : childrenOf(guardian.pid);
    const child = children.find(({ command }) => /entry\/daemon|dist\/daemon/.test(command));
    if (child !== undefined) return child;
    const pid = this.#json<{ pid: number }>('daemon.json')?.pid;
    return pid === undefined ? null : look(pid);
  }

  #json<T>(name: string): T | null {
    try {
      return JSON.parse(readFileSync(join(this.stateDir, name), 'utf8')) as T;
    } catch {
      return null;
    }
  }

  /** Every living process of the project: by cookie, by folder, by what it has open. */
  processes(): Found[] {
    return bearers([`MAINSTAY_COOKIE=${this.id}:`, this.folder, ...this.runtimeDirectories()]);
  }

  /** One line for each thing that is left of the project besides its folder. */
  leftovers(): string[] {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    return [
      ...this.processes().map(({ pid, command }) => `process ${pid}: ${command}`),
      ...mounts.filter((line) => [this.folder, this.id].some((text) => line.includes(text))),
      ...globSync(`/sys/fs/cgroup/{,*/,*/*/,*/*/*/}*${this.id}*`),
      ...this.runtimeDirectories().filter((path) => existsSync(path)),
      ...['daemon.sock', 'daemon.json', 'guardian.json', 'starting.json', 'run', 'plan.json']
        .map((name) => join(this.stateDir, name))
        .filter((path) => existsSync(path)),
    ];
  }

  runtimeDirectories(): string[] {
    return [`/run/mainstay/${this.id}`, `/dev/shm/mainstay-0/${this.id}`];
  }

  /** Stops everything in order, and looks that nothing is left. */
  async down(): Promise<void> {
    await this.succeeds('down');
    assert.deepEqual(this.leftovers(), []);
  }

  /** The lines of a service's log, over all rotated files, oldest first. */
  log(name: string): string {
    const folder = join(this.stateDir, 'logs');
    const number = (file: string): number => Number(/\.log\.(\d+)$/.exec(file)?.[1] ?? 0);
    const files = existsSync(folder)
      ? readdirSync(folder).filter((file) => file.startsWith(`${name}.log`) && !file.endsWith('.idx'))
      : [];
    return files
      .toSorted((a, b) => number(b) - number(a))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('');
  }

  /** The end of every log, for a failure's message. */
  logTails(): string {
    const folder = join(this.stateDir, 'logs');
    if (!existsSync(folder)) return '(no logs)';
    const names = readdirSync(folder).filter((name) => name.endsWith('.log'));
    // A file may be on its way to its next name just now.
    return names.map((name) => `== ${name}\n${textOf(join(folder, name)).slice(-2000)}`).join('\n');
  }

  /** Ends whatever is still there and removes the folder. For `t.after`. */
  async end(): Promise<void> {
    for (const view of this.#views) view.kill('SIGKILL');
    if (this.guardian() !== null || this.daemon() !== null) await this.mainstay('down', '--now');
    const guardian = this.guardian();
    if (guardian !== null) signal(guardian, 'SIGKILL');
    for (let found = this.processes(), round = 0; found.length > 0 && round < 50; found = this.processes(), round++) {
      for (const one of found) signal(one, 'SIGKILL');
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
    }
    for (const below of ['/*/', '/']) {
      for (const group of globSync(`/sys/fs/cgroup/{,*/,*/*/,*/*/*/}*${this.id}*${below}`)) {
        try {
          rmdirSync(group);
        } catch {
          // Something runs in it after all: what is left behind shows in the folder's processes.
        }
      }
    }
    for (const path of [this.folder, ...this.runtimeDirectories()]) rmSync(path, { recursive: true, force: true });
  }
}

/** Empty when there is no such file, or no more: it may be renamed at any moment. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
