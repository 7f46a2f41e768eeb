import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { groupDirectory, groupPath, type CgroupMount } from './mounts.ts';

/** What limits something. */
export const CONTROLLERS = ['memory', 'cpu', 'pids'] as const;
export type Controller = (typeof CONTROLLERS)[number];

/** Where the groups of a project are in one hierarchy. */
export interface Place {
  mount: CgroupMount;
  /** The project's own directory; it exists while a group in it does. */
  directory: string;
}

/** In which hierarchy each controller can be used; null: in none. */
export interface Controllers extends Readonly<Record<Controller, Place | null>> {
  /** Why some cannot be used, in words; null when all can. */
  readonly why: string | null;
}

export const NO_CONTROLLERS: Controllers = { memory: null, cpu: null, pids: null, why: null };

/**
 * Finds where limits can be set: in the hierarchy that holds trees together if it is of version 2 and hands its
 * controllers down, otherwise in those of version 1 that have them. A mixed set-up uses both.
 * @param tracking where trees are held together
 * @param placeIn the project's directory, given that of the daemon's own group
 */
export function findControllers(
  tracking: Place,
  mounts: readonly CgroupMount[],
  membership: string,
  placeIn: (own: string) => string,
): Controllers {
  const found: Record<Controller, Place | null> = { memory: null, cpu: null, pids: null };
  const handed = tracking.mount.version === 2 ? handDown(tracking.directory) : { names: [], why: null };
  for (const controller of CONTROLLERS) {
    if (handed.names.includes(controller)) {
      found[controller] = tracking;
      // The directory of an earlier daemon; a new one is told when it is made.
      subtreeControl(tracking.directory, controller);
    }
    const mount = mounts.find((one) => one.version === 1 && one.controllers.includes(controller));
    const own = mount === undefined ? null : groupPath(membership, mount);
    if (found[controller] !== null || mount === undefined || own === null) continue;
    const place = { mount, directory: placeIn(groupDirectory(mount, own)) };
    if (canMake(place.directory)) found[controller] = place;
  }
  const missing = CONTROLLERS.filter((controller) => found[controller] === null);
  return { ...found, why: missing.length === 0 ? null : (handed.why ?? absence(missing)) };
}

function absence(missing: readonly Controller[]): string {
  const many = missing.length > 1 ? 'controllers are' : 'controller is';
  return `the ${missing.join(' and ')} ${many} not available to this user`;
}

/** Whether a group can be made there; it is removed again. */
function canMake(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true });
  } catch {
    return false;
  }
  try {
    rmdirSync(directory);
  } catch {
    // It holds groups of an earlier daemon.
  }
  return true;
}

/**
 * Version 2: a group can be limited by the controllers that the groups above it hand down. Asks the daemon's own group
 * to do so, which the kernel refuses while processes are in it (unless it is the root of all).
 * @returns the names of those that the project's directory can have
 */
export function handDown(
  project: string,
  wanted: readonly string[] = CONTROLLERS,
): { names: string[]; why: string | null } {
  const own = project.slice(0, project.lastIndexOf('/'));
  const names: string[] = [];
  let why: string | null = null;
  const available = words(`${own}/cgroup.controllers`);
  for (const name of wanted) {
    if (!available.includes(name)) continue;
    const refused = subtreeControl(own, name);
    if (refused === null) names.push(name);
    else why ??= refused;
  }
  return { names, why };
}

/** Has a group of version 2 hand a controller down. Why it does not, or null. */
export function subtreeControl(directory: string, name: string): string | null {
  const file = `${directory}/cgroup.subtree_control`;
  if (words(file).includes(name)) return null;
  try {
    writeFileSync(file, `+${name}`, { flag: 'r+' });
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EBUSY') return `the control group of the daemon (${directory}) holds other processes too`;
    return `the control group of the daemon (${directory}) may not hand limits down (${code ?? 'unknown error'})`;
  }
}

function words(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split(/\s+/);
  } catch {
    return [];
  }
}
