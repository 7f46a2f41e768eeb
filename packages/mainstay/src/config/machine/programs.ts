import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { didYouMean } from '../nearest.ts';
import { type Refused, refuse } from '../values/index.ts';

/** Where programs are looked for when nothing sets PATH. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Why a program could not be started, or null: it can. `PATH` entries and names with a slash are relative to `directory`. */
export async function programFailure(program: string, searchPath: string, directory: string): Promise<Refused | null> {
  if (program.includes('/')) {
    const file = path.resolve(directory, program);
    const state = await fileState(file);
    if (state === 'absent') return refuse(`there is no program ${file}`);
    return unusable(state, file);
  }
  let found: { file: string; state: FileState } | null = null;
  const directories = searchPath.split(':').map((entry) => path.resolve(directory, entry));
  for (const entry of directories) {
    const file = path.join(entry, program);
    const state = await fileState(file);
    if (state === 'usable') return null;
    if (state !== 'absent') found ??= { file, state };
  }
  if (found !== null) return unusable(found.state, found.file);
  const hint = didYouMean(program, await programNames(directories));
  return refuse(
    `there is no program "${program}" on the PATH (${searchPath})`,
    hint ?? 'install it, or give its full path',
  );
}

type FileState = 'absent' | 'directory' | 'not-executable' | 'usable';

async function fileState(file: string): Promise<FileState> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) return 'directory';
    await access(file, constants.X_OK);
    return 'usable';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    return code === 'EACCES' ? 'not-executable' : 'absent';
  }
}

function unusable(state: FileState, file: string): Refused | null {
  if (state === 'usable') return null;
  if (state === 'directory') return refuse(`${file} is a directory and no program`);
  return refuse(`${file} is not executable`, `chmod +x ${file}, or name the program that runs it`);
}

async function programNames(directories: readonly string[]): Promise<string[]> {
  const names = await Promise.all(directories.map((directory) => readdir(directory).catch(() => [])));
  return names.flat();
}
