/** A mounted control group hierarchy. */
export interface CgroupMount {
  version: 1 | 2;
  /** Version 1: its controllers, or `name=…`. Empty for version 2. */
  controllers: string[];
  /** The group that is mounted here; `/` unless in a container. */
  root: string;
  /** Where it is mounted. */
  path: string;
}

/** The cgroup hierarchies in `/proc/PID/mountinfo` (proc(5)), hybrid set-ups included. */
export function parseCgroupMounts(mountinfo: string): CgroupMount[] {
  const mounts: CgroupMount[] = [];
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [type, , superOptions = ''] = right.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') continue;
    const fields = left.split(' ');
    const root = unescapeOctal(fields[3] ?? '/');
    const path = unescapeOctal(fields[4] ?? '');
    const words = superOptions.split(',').filter((word) => word !== 'rw' && word !== 'ro');
    mounts.push({ version: type === 'cgroup2' ? 2 : 1, controllers: type === 'cgroup2' ? [] : words, root, path });
  }
  return mounts;
}

/** The kernel writes blanks, tabs and backslashes in paths as `\ooo`. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The group of a process in one hierarchy, from its `/proc/PID/cgroup` (cgroups(7)); null when it is in none. */
export function groupPath(membership: string, mount: CgroupMount): string | null {
  for (const line of membership.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (match === null) continue;
    const [, controllers = '', path = '/'] = match;
    const names = controllers === '' ? [] : controllers.split(',');
    const same = mount.version === 2 ? names.length === 0 : names.some((name) => mount.controllers.includes(name));
    if (same) return path;
  }
  return null;
}

/** The directory of a group; what lies outside of the mounted part is taken to be its top. */
export function groupDirectory(mount: CgroupMount, path: string): string {
  const root = mount.root === '/' ? '' : mount.root;
  const inside = path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : '';
  return inside === '/' ? mount.path : mount.path + inside;
}
