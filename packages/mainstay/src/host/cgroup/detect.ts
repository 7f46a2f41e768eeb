import { spawnSync } from 'node:child_process';
import type { Starter } from '../native/index.ts';
import { readProc } from '../proc/index.ts';
import { findControllers, NO_CONTROLLERS } from './controllers.ts';
import { createGroups, type Groups } from './groups.ts';
import { groupDirectory, groupPath, parseCgroupMounts, type CgroupMount } from './mounts.ts';

/** Version 1 hierarchies in which membership alone changes nothing for a process, best first. */
const HARMLESS_V1 = ['pids', 'freezer', 'name=systemd'];

/**
 * Finds a hierarchy in which this process may make groups and move processes into them, and tries it.
 * Null when there is none (no privilege, none mounted): trees are then found by other marks.
 * @param version only this version, for tests
 * @param direct how programs will be started; null: by a launcher that joins its group
 */
export function detectGroups(projectId: string, version?: 1 | 2, direct: Starter | null = null): Groups | null {
  const mountinfo = readProc('/proc/self/mountinfo')?.toString('utf8') ?? '';
  const membership = readProc('/proc/self/cgroup')?.toString('utf8') ?? '';
  const mounts = parseCgroupMounts(mountinfo);
  const placeIn = (own: string): string => projectDirectory(own, projectId);
  for (const mount of candidates(mounts)) {
    if (version !== undefined && mount.version !== version) continue;
    const own = groupPath(membership, mount);
    if (own === null) continue;
    const tracking = { mount, directory: placeIn(groupDirectory(mount, own)) };
    const groups = createGroups(tracking, findControllers(tracking, mounts, membership, placeIn));
    if (works(groups, direct)) return groups;
    const unlimited = createGroups(tracking, { ...NO_CONTROLLERS, why: 'no process can be moved into limited groups' });
    if (works(unlimited, direct)) return unlimited;
  }
  return null;
}

function candidates(mounts: readonly CgroupMount[]): CgroupMount[] {
  const ordered = mounts.filter((mount) => mount.version === 2);
  for (const name of HARMLESS_V1) ordered.push(...mounts.filter((mount) => mount.controllers.includes(name)));
  return ordered;
}

/**
 * The group that a unit of systemd keeps for the daemon (`DelegateSubgroup=`): the one around it holds no processes, and
 * may therefore hand controllers down.
 */
const DAEMON_GROUP = 'mainstay-daemon';

/** Beside an enclosing group of the same project (a daemon started by one of its own services), not below it. */
function projectDirectory(own: string, projectId: string): string {
  const name = `mainstay-${projectId.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`;
  const words = own.split('/');
  if (words.at(-1) === DAEMON_GROUP) words.pop();
  const at = words.indexOf(name);
  return (at === -1 ? [...words, name] : words.slice(0, at + 1)).join('/');
}

const JOIN = 'for group; do echo 0 >"$group" || exit 1; done';

/** Only a real process can tell whether moving into a group is allowed; once per daemon. */
function works(groups: Groups, direct: Starter | null): boolean {
  const name = `probe.${process.pid}`;
  try {
    const { group } = groups.create(name, null);
    // Moving a process takes the kernel 10 ms and more; being born there takes none.
    if (group.birth !== null && direct !== null && canBeBorn(direct, group.birth)) return group.remove();
    const probe = spawnSync('/bin/sh', ['-c', JOIN, 'sh', ...group.join], { stdio: 'ignore', env: {} });
    return group.remove() && probe.status === 0;
  } catch {
    // Only this one: a group in which nothing runs any more may still tell how that ended.
    groups.open(name).remove();
    return false;
  }
}

function canBeBorn(direct: Starter, group: string): boolean {
  try {
    direct.wait(direct.start({ path: '/bin/sh', argv: ['sh', '-c', ':'], environment: {}, directory: '/', group }));
    return true;
  } catch {
    return false;
  }
}
