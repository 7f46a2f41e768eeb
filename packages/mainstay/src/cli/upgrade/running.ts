/** What runs of a project at the moment, told by its processes: the files of an older version are not asked. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import { discover, isAlive, readJson } from '../client/index.ts';
import type { GuardianFile } from '../client/index.ts';
import type { Guarded } from '../daemonize/guardian.ts';

/** A process, told from others that had or will have its pid. */
export interface Proc {
  pid: number;
  startTime: string;
}

/** The running version. */
export interface Running {
  guardian: Proc | null;
  daemon: Proc | null;
  /** What the daemon says of itself; null when it never did. */
  version: string | null;
  /** How to run it again. */
  program: Guarded;
  /** The environment it was started with. */
  env: Record<string, string>;
}

/**
 * Finds guardian and daemon. One of them is enough: a guardian whose daemon ends again and again has none.
 *
 * @throws MainstayError `no-daemon` when there is neither, `refused` for a daemon that somebody else looks after
 */
export function findRunning(stateDir: string, label: string): Running {
  const { file } = discover(stateDir);
  const said = readJson<GuardianFile>(join(stateDir, 'guardian.json'));
  const guardian = alive(said === null ? null : { pid: said.pid, startTime: said.startTime });
  const daemon = alive(file === null ? null : { pid: file.pid, startTime: file.identity?.startTime ?? null });
  if (guardian === null && daemon === null) {
    throw new MainstayError(
      'no-daemon',
      `cannot upgrade ${label}: none is running`,
      'mainstay up -d, which starts this version',
    );
  }
  if (said === null && daemon !== null) {
    throw new MainstayError(
      'refused',
      `cannot upgrade ${label}: its daemon, process ${daemon.pid}, was not started by mainstay up`,
      `install the new version, then kill -9 ${daemon.pid}: whoever started it starts it again`,
    );
  }
  const program =
    (daemon === null ? null : ofDaemon(daemon.pid)) ?? (guardian === null ? null : ofGuardian(guardian.pid));
  const source = daemon ?? guardian;
  if (program === null || source === null) {
    throw new MainstayError(
      'refused',
      `cannot upgrade ${label}: its processes cannot be looked at`,
      'sudo, or the user who started it',
    );
  }
  return { guardian, daemon, version: file?.version ?? null, program, env: environmentOf(source.pid) };
}

function alive(one: { pid: number; startTime: string | null } | null): Proc | null {
  if (one === null || one.startTime === null || !isAlive(one.pid, one.startTime)) return null;
  return { pid: one.pid, startTime: one.startTime };
}

/** `node [OPTION…] ENTRY --state-dir DIR [--dev]` */
function ofDaemon(pid: number): Guarded | null {
  const words = wordsOf(pid, 'cmdline');
  const at = words.indexOf('--state-dir');
  const [node, entry, stateDir] = [words[0], words[at - 1], words[at + 1]];
  if (at < 2 || node === undefined || entry === undefined || stateDir === undefined) return null;
  return { node, entry, stateDir, dev: words.includes('--dev', at) };
}

/** `sh -c SCRIPT NAME NODE ENTRY DIR …`, of a guardian and of an upgrade alike. */
function ofGuardian(pid: number): Guarded | null {
  const words = wordsOf(pid, 'cmdline');
  const [node, entry, stateDir] = words.slice(4);
  if (node === undefined || entry === undefined || stateDir === undefined) return null;
  return { node, entry, stateDir, dev: words.includes('--dev', 7) };
}

function environmentOf(pid: number): Record<string, string> {
  const pairs = wordsOf(pid, 'environ').map((word) => [
    word.slice(0, word.indexOf('=')),
    word.slice(word.indexOf('=') + 1),
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** Words that end with zero bytes; none when the process is gone or somebody else's. */
function wordsOf(pid: number, file: 'cmdline' | 'environ'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
