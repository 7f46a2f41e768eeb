import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { ResourcesPlan } from '../../core/plan/index.ts';
import { readProc } from '../proc/index.ts';
import { CONTROLLERS, subtreeControl, type Controllers, type Place } from './controllers.ts';
import { createGroup, removeDirectory, removeTree, subgroups, type Group } from './group.ts';
import { groupDirectory, groupPath } from './mounts.ts';
import { readCpu, type Refused } from './resources.ts';

/** The control groups of one project. */
export interface Groups {
  readonly version: 1 | 2;
  readonly controllers: Controllers;
  /** Makes a group, or finds it as it is, with limits. Throws what the kernel answers. */
  create(name: string, resources: ResourcesPlan | null): { group: Group; refused: Refused[] };
  /** CPU time of this project's groups together so far, ms; null when it cannot be told. */
  cpu(): number | null;
  /** Whether a group counts for `cpu`: not one that a daemon elsewhere in the hierarchy made. */
  counts(group: Group): boolean;
  /** Names of the groups that exist below this daemon's own. */
  list(): string[];
  /** An existing group below this daemon's own. */
  open(name: string): Group;
  /** The group of this project that a process is in, also one that a daemon elsewhere in the hierarchy made. */
  of(pid: number): Group | null;
  /** Removes the groups in which nothing runs, and the project's directories if it was all of them. */
  close(): void;
}

/** The groups whose trees are held together at `tracking`, and limited by `controllers`. */
export function createGroups(tracking: Place, controllers: Controllers): Groups {
  const { version } = tracking.mount;
  const project = basename(tracking.directory);
  const places = [...new Set([tracking, ...CONTROLLERS.map((controller) => controllers[controller])])].filter(
    (place) => place !== null,
  );
  /** The group in another hierarchy than `tracking`, beside one that a process is in. */
  const directoryOf = (membership: string, place: Place): string | null => {
    const path = groupPath(membership, place.mount);
    if (path === null) return null;
    const words = path.split('/');
    const at = words.lastIndexOf(project);
    if (at === -1 || words[at + 1] === undefined) return null;
    return groupDirectory(place.mount, words.slice(0, at + 2).join('/'));
  };
  const open = (name: string, fresh = false): Group =>
    createGroup(version, `${tracking.directory}/${name}`, controllers, (place) => `${place.directory}/${name}`, fresh);
  return {
    version,
    controllers,
    create(name, resources) {
      const group = open(name, makeIn(tracking, name, controllers));
      return { group, refused: resources !== null && limited(resources) ? group.limit(resources) : [] };
    },
    cpu: () => (version === 2 ? readCpu(tracking.directory) : null),
    counts: ({ birth, name }) => birth === `${tracking.directory}/${name}`,
    list: () => subgroups(tracking.directory),
    open: (name) => open(name),
    of(pid) {
      const membership = readProc(`/proc/${pid}/cgroup`)?.toString('utf8');
      const directory = membership === undefined ? null : directoryOf(membership, tracking);
      if (membership === undefined || directory === null) return null;
      return createGroup(version, directory, controllers, (place) => directoryOf(membership, place));
    },
    close() {
      // A daemon that was killed between making a group and starting anything in it has left it empty.
      for (const { directory } of places) {
        for (const name of subgroups(directory)) removeTree(`${directory}/${name}`);
        removeDirectory(directory);
      }
    },
  };
}

function limited({ memory, memoryReservation, cpus, pids }: ResourcesPlan): boolean {
  return memory !== null || memoryReservation !== null || cpus !== null || pids !== null;
}

/** Makes a group; a project's directory that is new has to hand controllers down as well. Whether the group is new. */
function makeIn(place: Place, name: string, controllers: Controllers): boolean {
  const { directory, mount } = place;
  const made = mkdirSync(`${directory}/${name}`, { recursive: true });
  if (mount.version === 2 && made !== undefined && made !== `${directory}/${name}`) {
    for (const controller of CONTROLLERS) if (controllers[controller] === place) subtreeControl(directory, controller);
  }
  return made !== undefined;
}
