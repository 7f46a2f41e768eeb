import { lstatSync } from 'node:fs';
import { splitInstanceId } from '@mainstay/protocol';
import type { InstancePipes, SpawnFailure, SpawnSpec } from '../../ports/index.ts';
import { environmentValue, portHolder } from '../proc/index.ts';
import { cookieOf, COOKIE } from './cookie.ts';
import { spawnFailure } from './failure.ts';
import { NOTIFY_FD } from './launcher.ts';
import { limitWords } from './limits.ts';
import { inaccessibleParent, programProblem, statOf } from './program.ts';
import { accountOf, accountVariables, type Account } from './account.ts';

/** A program with every template expanded. */
export interface Program {
  command: string[];
  /** Exactly what the program receives, apart from what mainstay itself adds; nothing is inherited. */
  environment: Record<string, string>;
}

/** What a launch needs besides the identity of the incarnation. */
export interface Prepared {
  /** The shell that runs the launcher. */
  shell: string;
  command: string[];
  environment: Record<string, string>;
  cwd: string;
  pipes: InstancePipes;
  notify: string | null;
}

export interface PrepareOptions {
  projectId: string;
  /** Variables of every program unless its own environment says otherwise: PATH, and LANG and TZ if wanted. */
  base: Readonly<Record<string, string>>;
  /** The pipes of an instance, which `owner` (null: the daemon's own user) may open again. */
  pipes: (spec: SpawnSpec, owner: { uid: number; gid: number } | null) => InstancePipes;
  program: (spec: SpawnSpec) => Program | SpawnFailure;
}

/** Checks everything that would make exec fail, so that the reason is known exactly; nothing is started. */
export function prepare(spec: SpawnSpec, options: PrepareOptions): Prepared | SpawnFailure {
  const { service } = spec;
  const program = options.program(spec);
  if ('reason' in program) return program;
  const account = accountOf(spec);
  if ('reason' in account) return account;
  const limits = limitWords(spec);
  if ('reason' in limits) return limits;
  const environment = environmentOf(spec, options, program, account);
  const failure =
    directoryFailure(spec, account) ??
    programFailure(spec, program, environment, account) ??
    portFailure(spec, options.projectId);
  if (failure !== null) return failure;
  const shell = shellFor(spec, environment);
  if (typeof shell !== 'string') return shell;
  const pipes = options.pipes(spec, account.prefix.length === 0 ? null : { uid: account.user.uid, gid: account.gid });
  const notify = wantsNotify(spec) ? pipes.notify : null;
  for (const path of [pipes.out, pipes.err, notify]) {
    if (path !== null && !isFifo(path)) return spawnFailure(spec, 'other', `${path} is not a pipe`);
  }
  const command = [...limits, ...account.prefix, ...program.command];
  if (pipes.notifySocket !== null) environment['NOTIFY_SOCKET'] = pipes.notifySocket;
  return { shell, command, environment, cwd: service.workingDirectory, pipes, notify };
}

function wantsNotify({ service }: SpawnSpec): boolean {
  return service.ready.by === 'notify' || service.watchdog !== null;
}

function environmentOf(
  spec: SpawnSpec,
  options: PrepareOptions,
  program: Program,
  account: Account,
): Record<string, string> {
  const { service, index } = splitInstanceId(spec.instance);
  return {
    // First, where a scan of /proc finds it soonest.
    [COOKIE]: cookieOf(options.projectId, spec.instance, spec.incarnation),
    ...options.base,
    ...accountVariables(account),
    PWD: spec.service.workingDirectory,
    ...program.environment,
    SERVICE: service,
    INSTANCE: String(index),
    ...(wantsNotify(spec) ? { MAINSTAY_NOTIFY_FD: String(NOTIFY_FD) } : {}),
    ...(spec.service.watchdog === null ? {} : { WATCHDOG_USEC: String(spec.service.watchdog * 1000) }),
  };
}

function directoryFailure(spec: SpawnSpec, account: Account): SpawnFailure | null {
  const directory = spec.service.workingDirectory;
  const stats = statOf(directory);
  if (stats === null) return spawnFailure(spec, 'missing-directory', `the directory ${directory} does not exist`);
  if (!stats.isDirectory()) return spawnFailure(spec, 'missing-directory', `${directory} is not a directory`);
  const closed = inaccessibleParent(`${directory}/.`, account.user);
  if (closed === null) return null;
  const who = account.user.name ?? String(account.user.uid);
  return spawnFailure(spec, 'permission', `${who} may not enter ${closed}, which working_dir needs`);
}

function programFailure(
  spec: SpawnSpec,
  program: Program,
  environment: Record<string, string>,
  account: Account,
): SpawnFailure | null {
  const [name = ''] = program.command;
  if (name === '') return spawnFailure(spec, 'missing-program', 'its command is empty');
  const path = environment['PATH'] ?? '';
  const problem = programProblem(name, spec.service.workingDirectory, path, account.user);
  return problem === null ? null : spawnFailure(spec, problem.reason, problem.why, problem.hint);
}

/** Instances of one service may share a port (SO_REUSEPORT), so a brother is no obstacle. */
function portFailure(spec: SpawnSpec, projectId: string): SpawnFailure | null {
  const { service, index } = splitInstanceId(spec.instance);
  const brother = (pid: number): boolean => {
    const cookie = environmentValue(pid, COOKIE);
    if (cookie === null || !cookie.startsWith(`${projectId}:${service}/`)) return false;
    return !cookie.startsWith(`${projectId}:${spec.instance}:`);
  };
  for (const { host, port, step, protocol } of spec.service.ports) {
    const number = port + index * step;
    const holder = portHolder(number, protocol, host, brother);
    if (holder === null) continue;
    const who = holder.pid === null ? 'another process' : `process ${holder.pid} (${holder.command ?? 'unnamed'})`;
    const hint =
      holder.pid === null
        ? 'find out who holds it: sudo ss -ltnup'
        : `stop process ${holder.pid}, or give this service another port`;
    return spawnFailure(spec, 'port-taken', `${protocol} port ${number} is held by ${who}`, hint, holder);
  }
  return null;
}

const SHELL = '/bin/sh';
const BASH = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'];

/** Small shells lose variables whose names are no identifiers (`discovery.type`); bash hands them on. */
function shellFor(spec: SpawnSpec, environment: Record<string, string>): string | SpawnFailure {
  const odd = Object.keys(environment).find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (odd === undefined) return SHELL;
  const bash = BASH.find((path) => statOf(path) !== null);
  if (bash !== undefined) return bash;
  return spawnFailure(spec, 'other', `the variable "${odd}" cannot be handed on without bash`, 'install bash');
}

function isFifo(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}
