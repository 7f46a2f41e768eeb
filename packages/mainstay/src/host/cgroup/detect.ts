import { spawnSync } from 'node:child_process';
import { readProc } from '../proc/index.ts';
import { createGroups, type Groups } from './groups.ts';
import { groupDirectory, groupPath, parseCgroupMounts, type CgroupMount } from './mounts.ts';

/** Version 1 hierarchies in which membership alone changes nothing for a process, best first. */
const HARMLESS_V1 = ['pids', 'freezer', 'name=systemd'];

/**
 * Finds a hierarchy in which this process may make groups and move processes into them, and tries it.
 * Null when there is none (no privilege, none mounted): trees are then found by other marks.
 * @param version only this version, for tests
 */
export function detectGroups(projectId: string, version?: 1 | 2): Groups | null {
  const mountinfo = readProc('/proc/self/mountinfo')?.toString('utf8') ?? '';
  const membership = readProc('/proc/self/cgroup')?.toString('utf8') ?? '';
  for (const mount of candidates(parseCgroupMounts(mountinfo))) {
    if (version !== undefined && mount.version !== version) continue;
    const own = groupPath(membership, mount);
    if (own === null) continue;
    const groups = createGroups(mount, projectDirectory(groupDirectory(mount, own), projectId));
    if (works(groups)) return groups;
  }
  return null;
}

function candidates(mounts: readonly CgroupMount[]): CgroupMount[] {
  const ordered = mounts.filter((mount) => mount.version === 2);
  for (const name of HARMLESS_V1) ordered.push(...mounts.filter((mount) => mount.controllers.includes(name)));
  return ordered;
}

/** Beside an enclosing group of the same project (a daemon started by one of its own services), not below it. */
function projectDirectory(own: string, projectId: string): string {
  const name = `mainstay-${projectId.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`;
  const words = own.split('/');
  const at = words.indexOf(name);
  return at === -1 ? `${own}/${name}` : words.slice(0, at + 1).join('/');
}

/** Only a real process can tell whether moving into a group is allowed; once per daemon. */
function works(groups: Groups): boolean {
  const name = `probe.${process.pid}`;
  try {
    const group = groups.create(name);
    const [procs = ''] = group.join;
    const probe = spawnSync('/bin/sh', ['-c', 'echo 0 >"$0"', procs], { stdio: 'ignore', env: {} });
    return group.remove() && probe.status === 0;
  } catch {
    return false;
  } finally {
    groups.close();
  }
}
