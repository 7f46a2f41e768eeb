import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { MainstayError } from '@mainstay/protocol';

/** Where a project's files are. All paths are absolute. */
export interface Directories {
  /** `.mainstay/` beside the file, or `--state-dir`: what must survive a reboot. */
  state: string;
  /** FIFOs, identity files, sockets: gone after a reboot, in memory where possible. */
  runtime: string;
  logs: string;
  /** First 12 hex digits of the SHA-256 of the state directory's real path. */
  id: string;
}

const TMPFS_MAGIC = 0x01021994;
/** Others may pass through, not look inside: a service of another user must reach its notification socket. */
const ROOT_RUNTIME_MODE = 0o711;
const PRIVATE_MODE = 0o700;

/**
 * Makes (or finds) the directories of a project. The runtime directory is in memory when this is root
 * (`/run/mainstay/ID`, else `/dev/shm/mainstay-0/ID`, with `STATE/run` a link to it); a user's is
 * `STATE/run` itself, since logind removes a user's files from `/run/user` and `/dev/shm` at logout.
 *
 * @throws MainstayError `state-directory` when one cannot be made or used
 */
export function resolveDirectories(stateDir: string): Directories {
  try {
    ensureDirectory(stateDir, PRIVATE_MODE);
    const state = fs.realpathSync(stateDir);
    const logs = path.join(state, 'logs');
    ensureDirectory(logs, 0o750);
    const id = crypto.createHash('sha256').update(state).digest('hex').slice(0, 12);
    const memory = memoryDirectory(id);
    const link = path.join(state, 'run');
    if (memory === null) {
      ensureDirectory(link, PRIVATE_MODE);
      return { state, runtime: link, logs, id };
    }
    for (const directory of [path.dirname(memory), memory]) makeOwn(directory, ROOT_RUNTIME_MODE);
    pointTo(link, memory);
    return { state, runtime: memory, logs, id };
  } catch (error) {
    if (error instanceof MainstayError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new MainstayError(
      'state-directory',
      `cannot use the state directory ${stateDir}: ${why}`,
      'check its owner and permissions, or choose another with --state-dir',
      { cause: error },
    );
  }
}

/**
 * Removes the runtime directory and the link to it; logs and state stay. Nothing may be running any more. Not
 * synchronously: the state directory's disk may not answer.
 */
export async function removeRuntime(directories: Directories): Promise<void> {
  await fs.promises.rm(directories.runtime, { recursive: true, force: true });
  await fs.promises.rm(path.join(directories.state, 'run'), { recursive: true, force: true });
}

/** True when the runtime directory is in memory, where nothing waits for a disk. */
export function inMemory({ state, runtime }: Directories): boolean {
  return runtime !== path.join(state, 'run');
}

/** Makes a directory that is not there. One that is there is not touched: a frozen disk would let even that wait. */
export function ensureDirectory(directory: string, mode: number): void {
  if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  fs.mkdirSync(directory, { recursive: true, mode });
}

function memoryDirectory(id: string): string | null {
  if (process.getuid?.() !== 0) return null;
  if (isTmpfs('/run')) return `/run/mainstay/${id}`;
  if (isTmpfs('/dev/shm')) return `/dev/shm/mainstay-0/${id}`;
  return null;
}

function isTmpfs(directory: string): boolean {
  try {
    return fs.statfsSync(directory).type === TMPFS_MAGIC;
  } catch {
    return false;
  }
}

/** `/dev/shm` is writable for everybody: a directory that somebody else prepared there is refused. */
function makeOwn(directory: string, mode: number): void {
  try {
    fs.mkdirSync(directory, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = fs.lstatSync(directory);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new MainstayError(
      'state-directory',
      `cannot use ${directory}: it belongs to somebody else`,
      `remove ${directory} and try again`,
    );
  }
  if ((found.mode & 0o777) !== mode) fs.chmodSync(directory, mode);
}

/** Makes `link` a symbolic link to `target`, unless it is one already. */
export function pointTo(link: string, target: string): void {
  const found = fs.lstatSync(link, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true && fs.readlinkSync(link) === target) return;
  if (found !== undefined) fs.rmSync(link, { recursive: true });
  fs.symlinkSync(target, link);
}
