import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import type { Context } from '../framework/index.ts';

export const FILE_NAME = 'mainstay.yaml';

/** Where a project is, found without reading its file. */
export interface Project {
  /** Absolute path of mainstay.yaml; null when only the state directory was named and no file is near. */
  file: string | null;
  /** Absolute. */
  stateDir: string;
  /** What people call it in messages until the file was read: the directory's name. */
  label: string;
}

/**
 * The project that the options and the current directory mean.
 *
 * @throws MainstayError `config` when there is none
 */
export function locateProject(context: Pick<Context, 'values' | 'io'>): Project {
  const { io, values } = context;
  const stateOption = values.get('state-dir');
  const file = findFile(values.get('file'), io.cwd);
  if (stateOption === undefined && file === null) throw noFile(io.cwd);
  const stateDir = stateOption === undefined ? join(dirname(file ?? ''), '.mainstay') : resolve(io.cwd, stateOption);
  return { file, stateDir, label: basename(file === null ? dirname(stateDir) : dirname(file)) };
}

/**
 * The same, for commands that must have the file.
 *
 * @throws MainstayError `config` when there is none
 */
export function locateFile(context: Pick<Context, 'values' | 'io'>): Project & { file: string } {
  const project = locateProject(context);
  if (project.file === null) throw noFile(context.io.cwd);
  return { ...project, file: project.file };
}

function findFile(option: string | undefined, cwd: string): string | null {
  if (option !== undefined) {
    const path = resolve(cwd, option);
    if (!existsSync(path)) {
      throw new MainstayError('config', `cannot read ${option}: there is no such file`, 'mainstay init');
    }
    if (!statSync(path).isDirectory()) return path;
    const inside = join(path, FILE_NAME);
    if (existsSync(inside)) return inside;
    throw new MainstayError('config', `cannot read ${option}: there is no ${FILE_NAME} in it`, 'mainstay init');
  }
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    const candidate = join(directory, FILE_NAME);
    if (existsSync(candidate)) return candidate;
    if (dirname(directory) === directory) return null;
  }
}

function noFile(cwd: string): MainstayError {
  return new MainstayError(
    'config',
    `cannot find ${FILE_NAME}: there is none in ${cwd} or above it`,
    'mainstay init, or -f FILE',
  );
}
