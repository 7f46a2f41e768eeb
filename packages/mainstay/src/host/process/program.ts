import { closeSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { User } from './users.ts';

/** Why a program cannot be executed. */
export interface ProgramProblem {
  reason: 'missing-program' | 'permission';
  why: string;
  hint: string | null;
}

const EXECUTE = 1;

/**
 * Finds what would make exec fail: no such program on the service's own PATH, not executable for its user, or
 * a script whose interpreter is missing. Null when nothing is wrong.
 */
export function programProblem(program: string, cwd: string, path: string, user: User): ProgramProblem | null {
  const written = program.includes('/');
  const candidates = written
    ? [resolve(cwd, program)]
    : path.split(':').map((directory) => resolve(cwd, directory === '' ? '.' : directory, program));
  let denied: string | null = null;
  for (const candidate of candidates) {
    const stats = statOf(candidate);
    if (stats === null || stats.isDirectory()) continue;
    if (!allows(stats, user, EXECUTE) || inaccessibleParent(candidate, user) !== null) {
      denied ??= candidate;
      continue;
    }
    return interpreterProblem(candidate);
  }
  if (denied !== null) return deniedProblem(denied, user);
  if (written) return { reason: 'missing-program', why: `${candidates[0] ?? program} does not exist`, hint: null };
  const hint = `install it, write its full path, or set PATH in the service's environment`;
  return { reason: 'missing-program', why: `there is no program "${program}" in ${path}`, hint };
}

/**
 * The first directory above `path` that the user may not enter; null when all may be entered. Uses the
 * permission bits only, and in doubt (a group, an access list) answers "may".
 */
export function inaccessibleParent(path: string, user: User): string | null {
  const parents: string[] = [];
  for (let at = dirname(path); ; at = dirname(at)) {
    parents.push(at);
    if (at === '/') break;
  }
  for (const parent of parents.reverse()) {
    const stats = statOf(parent);
    if (stats !== null && !allows(stats, user, EXECUTE)) return parent;
  }
  return null;
}

/** What is at a path, symbolic links followed; null when there is nothing to be reached. */
export function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

/** Whether the permission bits can allow it: 4 read, 2 write, 1 execute or enter. */
export function allows(stats: Stats, user: User, bit: 1 | 2 | 4): boolean {
  if (user.uid === 0) return bit !== EXECUTE || stats.isDirectory() || (stats.mode & 0o111) !== 0;
  if (stats.uid === user.uid) return (stats.mode & (bit << 6)) !== 0;
  return (stats.mode & ((bit << 3) | bit)) !== 0;
}

function deniedProblem(path: string, user: User): ProgramProblem {
  const name = user.name ?? String(user.uid);
  const parent = inaccessibleParent(path, user);
  if (parent !== null) return { reason: 'permission', why: `${name} may not enter ${parent}`, hint: null };
  return { reason: 'permission', why: `${name} may not execute ${path}`, hint: `try: chmod +x ${path}` };
}

/** A script starts with `#!INTERPRETER`; exec says only "not found" when that is missing. */
function interpreterProblem(path: string): ProgramProblem | null {
  const start = Buffer.alloc(256);
  try {
    const fd = openSync(path, 'r');
    try {
      readSync(fd, start, 0, start.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Executable but not readable is allowed for binaries.
    return null;
  }
  const interpreter = /^#![ \t]*(\/[^\s\0]+)/.exec(start.toString('latin1'))?.[1];
  if (interpreter === undefined || statOf(interpreter) !== null) return null;
  const hint = 'install the interpreter, or correct the first line of the script';
  return { reason: 'missing-program', why: `${path} needs ${interpreter}, which does not exist`, hint };
}
