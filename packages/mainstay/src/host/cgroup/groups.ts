import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { readProc } from '../proc/index.ts';
import { groupDirectory, groupPath, type CgroupMount } from './mounts.ts';

/** The control group of one incarnation. Control group files are memory, not disk: no call here waits. */
export interface Group {
  /** Its name within the project. */
  readonly name: string;
  /** The `cgroup.procs` files that a process writes 0 to before it becomes the program, one per hierarchy. */
  readonly join: readonly string[];
  /** Its directory in the version 2 hierarchy, where a process can be born in it instead; null when it is of version 1. */
  readonly birth: string | null;
  /** Processes in it and in groups below it; zombies may be among them. */
  members(): number[];
  /** Whether no process is left in it. */
  empty(): boolean;
  /** Has the kernel kill every member at once; false when it cannot and each has to be killed. */
  kill(): boolean;
  /** Removes it; false while it still has members. */
  remove(): boolean;
}

/** The control groups of one project. */
export interface Groups {
  readonly version: 1 | 2;
  /** Makes a group, or finds it as it is. Throws what the kernel answers. */
  create(name: string): Group;
  /** Names of the groups that exist below this daemon's own. */
  list(): string[];
  /** An existing group below this daemon's own. */
  open(name: string): Group;
  /** The group of this project that a process is in, also one that a daemon elsewhere in the hierarchy made. */
  of(pid: number): Group | null;
  /** Removes the groups in which nothing runs, and the project's directory if it was all of them. */
  close(): void;
}

/** The groups in `directory`, which is the project's in the hierarchy `mount`. */
export function createGroups(mount: CgroupMount, directory: string): Groups {
  const project = basename(directory);
  return {
    version: mount.version,
    create(name) {
      mkdirSync(`${directory}/${name}`, { recursive: true });
      return createGroup(mount.version, `${directory}/${name}`);
    },
    list: () => subgroups(directory),
    open: (name) => createGroup(mount.version, `${directory}/${name}`),
    of(pid) {
      const membership = readProc(`/proc/${pid}/cgroup`)?.toString('utf8');
      const path = membership === undefined ? null : groupPath(membership, mount);
      if (path === null) return null;
      const words = path.split('/');
      const at = words.lastIndexOf(project);
      if (at === -1 || words[at + 1] === undefined) return null;
      return createGroup(mount.version, groupDirectory(mount, words.slice(0, at + 2).join('/')));
    },
    close() {
      // A daemon that was killed between making a group and starting anything in it has left it empty.
      for (const name of subgroups(directory)) removeTree(`${directory}/${name}`);
      removeDirectory(directory);
    },
  };
}

function createGroup(version: 1 | 2, directory: string): Group {
  return {
    name: basename(directory),
    join: [`${directory}/cgroup.procs`],
    birth: version === 2 ? directory : null,
    members: () => members(directory),
    empty: () => isEmpty(version, directory),
    kill() {
      try {
        // Without O_CREAT: kernels before 5.14 have no such file.
        writeFileSync(`${directory}/cgroup.kill`, '1', { flag: 'r+' });
        return true;
      } catch {
        return false;
      }
    },
    remove() {
      for (const name of subgroups(directory)) removeTree(`${directory}/${name}`);
      const removed = removeDirectory(directory);
      // The last group takes the project's directory along; while others are left this is refused.
      if (removed) removeDirectory(dirname(directory));
      return removed;
    },
  };
}

function members(directory: string): number[] {
  const pids: number[] = [];
  const procs = readProc(`${directory}/cgroup.procs`)?.toString('latin1') ?? '';
  for (const line of procs.split('\n')) if (line !== '') pids.push(Number(line));
  for (const name of subgroups(directory)) pids.push(...members(`${directory}/${name}`));
  return pids;
}

function isEmpty(version: 1 | 2, directory: string): boolean {
  if (version === 1) return members(directory).length === 0;
  // The kernel answers for the groups below as well. A group that is gone is empty.
  return readProc(`${directory}/cgroup.events`)?.includes('populated 1') !== true;
}

function subgroups(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function removeTree(directory: string): void {
  for (const name of subgroups(directory)) removeTree(`${directory}/${name}`);
  removeDirectory(directory);
}

/** Whether the directory is gone afterwards. */
function removeDirectory(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
